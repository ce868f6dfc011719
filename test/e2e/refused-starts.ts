/** Starts that are refused, each with what makes it so. */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Instance } from '../support/processes/daemon.js';
import { disown, elsewhere } from '../support/processes/disowned.js';
import type { ProcessOptions } from '../support/processes/txnid-process.js';

/** How the refused start is called, and its exit code. */
export interface RefusedStart {
  readonly code: number;
  /** Flags beside those of the instance. */
  readonly flags?: readonly string[];
  readonly options?: ProcessOptions;
}

/** Makes a start of this instance impossible. */
export type Prepare = (instance: Instance) => RefusedStart;

export const nobody = 65534;
const asNobody = { uid: nobody, gid: nobody, cwd: '/' };

const progress = (instance: Instance) => join(instance.confdir, 'txnid.dat');
const trail = (instance: Instance) => join(instance.confdir, 'txnid.audit');
const lock = (instance: Instance) => join(instance.confdir, 'txnid.dat.lock');

function linkAside(path: string): void {
  renameSync(path, `${path}.aside`);
  symlinkSync(`${path}.aside`, path);
}

/** Of an instance that has been used, and stopped cleanly. */
export const ofUsed: Readonly<Record<string, Prepare>> = {
  'another increment': () => ({ code: 80, flags: ['-increment', '2'] }),
  'a truncated progress file': (instance) => {
    truncateSync(progress(instance), 5000);
    return { code: 65 };
  },
  'a missing progress file': (instance) => {
    rmSync(progress(instance));
    return { code: 65 };
  },
  'an older progress file': (instance) => {
    cpSync(`${progress(instance)}.older`, progress(instance));
    return { code: 65 };
  },
  'a progress file with a second name': (instance) => {
    linkSync(progress(instance), `${progress(instance)}.other`);
    return { code: 65 };
  },
  'a pipe for a progress file': (instance) => {
    rmSync(progress(instance));
    execFileSync('mkfifo', [progress(instance)]);
    return { code: 65 };
  },
  'a symbolic link for a progress file': (instance) => {
    linkAside(progress(instance));
    return { code: 65 };
  },
  'a directory for a trail': (instance) => {
    rmSync(trail(instance));
    mkdirSync(trail(instance));
    return { code: 65 };
  },
  'a symbolic link for a trail': (instance) => {
    linkAside(trail(instance));
    return { code: 65 };
  },
  'a trail that ends in garbage': (instance) => {
    writeFileSync(trail(instance), 'garbage\n', { flag: 'a' });
    return { code: 65 };
  },
  'a leftover lock with something in it': (instance) => {
    mkdirSync(join(lock(instance), 'something'), { recursive: true });
    return { code: 75 };
  },
  'a fresh lock of another host': (instance) => {
    disown(instance.confdir, elsewhere);
    mkdirSync(lock(instance));
    // Fresh for as long as both commands take, and not so far ahead that it would be watched.
    const ahead = new Date(Date.now() + 4000);
    utimesSync(lock(instance), ahead, ahead);
    return { code: 75 };
  },
  'bad settings in two layers': () => ({
    code: 78,
    flags: ['-threads', '0'],
    options: { environment: { TXNID_SERVER_MAX: 'much' } },
  }),
  'a service manager that is not there': () => ({
    code: 78,
    options: { environment: { NOTIFY_SOCKET: '/nowhere/socket' } },
  }),
  io_uring: () => ({ code: 77, options: { environment: { UV_USE_IO_URING: '1' } } }),
};

/** Of an instance that has never run; its confdir is not there, the directory above is. */
export const ofNew: Readonly<Record<string, Prepare>> = {
  'an address that is not of this host': () => ({ code: 255, flags: ['-ip', '192.0.2.1'] }),
  'a confdir that is not there': ({ confdir }) => {
    rmdirSync(confdir);
    return { code: 78, flags: ['-threads', '0'] };
  },
  'a confdir in a directory that is missing': ({ confdir }) => {
    rmSync(dirname(confdir), { recursive: true });
    return { code: 78 };
  },
  'no instance, and none to be made': () => ({ code: 65, flags: ['-create=false'] }),
  'settings under names that are not read': ({ confdir }) => {
    for (const name of ['txnid.yml', 'Txnid.yaml.txt']) writeFileSync(join(confdir, name), '');
    return { code: 78 };
  },
  'a confdir that is a file': ({ confdir }) => {
    rmdirSync(confdir);
    writeFileSync(confdir, '');
    return { code: 78 };
  },
  'a directory where the progress file is built': ({ confdir }) => {
    mkdirSync(join(confdir, 'txnid.dat.new'), { recursive: true, mode: 0o750 });
    return { code: 65 };
  },
  'a first number above max': () => ({
    code: 69,
    flags: ['-instance', '7', '-increment', '7', '-max', '6'],
  }),
};

function handOver(...paths: string[]): void {
  for (const path of paths) chownSync(path, nobody, nobody);
}

/** What only root can prepare, of a used instance. */
export const ofUsedByRoot: Readonly<Record<string, Prepare>> = {
  'a trail that may not be written': (instance) => {
    handOver(instance.confdir, progress(instance));
    chmodSync(trail(instance), 0o644);
    return { code: 77, options: asNobody };
  },
  'a confdir in which no lock can be made': (instance) => {
    handOver(progress(instance), trail(instance));
    return { code: 77, options: asNobody };
  },
  'a confdir from which no leftover can be removed': (instance) => {
    handOver(progress(instance), trail(instance));
    mkdirSync(lock(instance));
    return { code: 75, options: asNobody };
  },
  'a confdir from which no leftover file can be removed': (instance) => {
    handOver(progress(instance), trail(instance));
    writeFileSync(lock(instance), '');
    return { code: 75, options: asNobody };
  },
  'the rights of another user': () => ({
    code: 77,
    options: { wrapper: ['setpriv', `--ruid=${nobody}`, '--'] },
  }),
  'a confdir that others can write': ({ confdir }) => {
    chmodSync(confdir, 0o777);
    return { code: 77 };
  },
};

/** What only root can prepare, of a new instance. */
export const ofNewByRoot: Readonly<Record<string, Prepare>> = {
  'a confdir that may not be searched': ({ confdir }) => {
    chmodSync(dirname(confdir), 0o700);
    return { code: 77, options: asNobody };
  },
  'a confdir that may not be written': ({ confdir }) => {
    chmodSync(confdir, 0o755);
    return { code: 77, options: asNobody };
  },
  'a full disk': ({ confdir }) => {
    mountSmall(confdir);
    fill(confdir);
    return { code: 74 };
  },
  'a disk without a file to spare': ({ confdir }) => {
    mountSmall(confdir, 'nr_inodes=1');
    return { code: 74 };
  },
  'a disk that is read-only': ({ confdir }) => {
    mountSmall(confdir, 'ro');
    return { code: 74 };
  },
  'a user asked for without being root': ({ confdir }) => {
    handOver(confdir);
    return { code: 77, flags: ['-user', 'daemon'], options: asNobody };
  },
  'a port that is for root': ({ confdir }) => {
    const first = readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8');
    if (Number(first) <= 81) throw new Error(`ports from ${first.trim()} on are for everybody`);
    handOver(confdir);
    return { code: 255, flags: ['-port', '81'], options: asNobody };
  },
};

/** Throws where a test may not mount. */
function mountSmall(directory: string, option = 'rw'): void {
  const options = `size=64k,mode=0700,${option}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'txnid-test', directory], {
    stdio: 'ignore',
  });
}

function fill(directory: string): void {
  try {
    for (let file = 0; ; file++) writeFileSync(join(directory, `fill-${file}`), Buffer.alloc(4096));
  } catch {
    // Not even this much fits any more.
  }
}
