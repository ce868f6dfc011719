/** What the settings user, chroot and seccomp make of a start, beyond both kinds of jail. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, instanceOn } from '../support/processes/daemon.js';
import { askNumber, freePort } from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { TxnidProcess, until } from '../support/processes/txnid-process.js';
import { needsRoot, newPlace, type Place, threadPlaces, threadStatuses } from './place.js';

/** The values that a field of the status has, over all threads. */
function fieldOf(pid: number, name: string): string[] {
  return [...new Set(threadStatuses(pid).map((status) => status.get(name)?.trim() ?? ''))];
}

test('user without chroot: dropped and filtered, in the whole file system', needsRoot, async () => {
  const place = await newPlace('confdir');
  const daemon = await Daemon.start({ ...place, values: [...place.values, '-chroot', 'none'] });
  const { pid } = daemon.process;
  assert.deepEqual(fieldOf(pid, 'Uid'), ['65534\t65534\t65534\t65534']);
  assert.deepEqual(fieldOf(pid, 'Seccomp'), ['2']);
  assert.equal(threadPlaces(pid)[0], '/');
  assert.equal((await daemon.stop()).code, 0);
});

test('chroot without user: locked in and filtered as root, with a warning', needsRoot, async () => {
  const place = await newPlace('confdir');
  const values = [...place.values, '-user', 'none', '-chroot', place.confdir];
  const daemon = await Daemon.start({ ...place, values });
  const { pid } = daemon.process;
  assert.deepEqual(threadPlaces(pid), [place.confdir]);
  assert.deepEqual(fieldOf(pid, 'Seccomp'), ['2']);
  const ended = await daemon.stop();
  assert.equal(ended.code, 0);
  assert.match(ended.stderr, /^txnid: Running as root: /m);
});

test('neither: root is warned, filtered, and takes its lock away', needsRoot, async () => {
  const confdir = freshConfdir();
  const daemon = await Daemon.start(instanceOn(confdir, await freePort()));
  assert.deepEqual(fieldOf(daemon.process.pid, 'Seccomp'), ['2']);
  assert.equal((await daemon.stop()).code, 0);
  assert.ok(!existsSync(join(confdir, 'txnid.dat.lock')));
});

test('a start by another user is filtered too', needsRoot, async () => {
  const confdir = freshConfdir();
  for (const path of [dirname(confdir), confdir]) chownSync(path, 65534, 65534);
  const options = { uid: 65534, gid: 65534, cwd: '/' };
  const instance = instanceOn(confdir, await freePort(), '-seccomp', 'required');
  const daemon = await Daemon.start(instance, options);
  assert.deepEqual(fieldOf(daemon.process.pid, 'Seccomp'), ['2']);
  assert.deepEqual(fieldOf(daemon.process.pid, 'NoNewPrivs'), ['1']);
  const ended = await daemon.stop();
  assert.equal(ended.code, 0);
  assert.deepEqual(faultsOf(ended), []);
  assert.ok(!existsSync(join(confdir, 'txnid.dat.lock')));
});

test('seccomp off: dropped, but not filtered', needsRoot, async () => {
  const place = await newPlace('confdir');
  const daemon = await Daemon.start({ ...place, values: [...place.values, '-seccomp', 'off'] });
  assert.deepEqual(fieldOf(daemon.process.pid, 'Seccomp'), ['0']);
  assert.deepEqual(fieldOf(daemon.process.pid, 'CapEff'), ['0'.repeat(16)]);
  assert.equal((await daemon.stop()).code, 0);
});

test('another seccomp mode is no other parameter', needsRoot, async () => {
  const place = await newPlace('confdir');
  for (const mode of ['auto', 'off', 'required']) {
    const daemon = await Daemon.start({ ...place, values: [...place.values, '-seccomp', mode] });
    assert.equal((await daemon.stop()).code, 0);
  }
});

test('the jail of a confdir is the same however that was written', needsRoot, async () => {
  const directory = dirname(freshConfdir());
  const port = await freePort();
  for (const confdir of ['confdir', './confdir/', join(directory, 'confdir')]) {
    const daemon = await Daemon.start(instanceOn(confdir, port, '-user', 'nobody'), {
      cwd: directory,
    });
    assert.deepEqual(threadPlaces(daemon.process.pid), [join(directory, 'confdir')]);
    assert.equal((await daemon.stop()).code, 0);
  }
});

const hasTracer = spawnSync('strace', ['-V']).error === undefined;
const needsTracer = { skip: needsRoot.skip || (!hasTracer && 'strace is not installed') };

test('what was planted in the jail is never loaded', needsTracer, async () => {
  const place = await newPlace('empty');
  for (const name of ['koffi', 'posix', 'proper-lockfile', 'graceful-fs', 'yaml', 'zod']) {
    const directory = join(place.jail, 'node_modules', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.js'), "process._rawDebug('PLANTED')");
  }
  mkdirSync(join(place.jail, 'etc'));
  for (const name of ['localtime', 'passwd', 'nsswitch.conf', 'ld.so.preload']) {
    writeFileSync(join(place.jail, 'etc', name), 'planted');
  }
  // Without the filter, which would refuse to open them.
  const tracer = ['strace', '-f', '-qq', '-e', 'trace=chroot,open,openat,openat2,execve'];
  const values = [...place.values, '-seccomp', 'off'];
  const calls = await traced(place, values, tracer);
  // The allocator of glibc looks there for how to give memory back, whenever it does.
  const own = /^.*(overcommit_memory|<\.\.\. \w+ resumed>).*$/gm;
  const afterChroot = calls.slice(calls.indexOf('chroot("')).replace(own, '');
  assert.match(afterChroot, /^chroot\("/);
  assert.doesNotMatch(afterChroot, /open|execve|PLANTED/);
});

/** The calls of a service that serves, tells its status and stops, as its tracer shows them. */
async function traced(place: Place, values: readonly string[], wrapper: readonly string[]) {
  const tracer = new TxnidProcess(values, { wrapper });
  await until(() => askNumber(place.port).then(Boolean, () => false), 'a number');
  const { pid } = await statusOf(place.confdir);
  process.kill(pid, 'SIGUSR1');
  await until(() => /next \d+, reserved/.test(tracer.stderr), 'a line of status');
  process.kill(pid, 'SIGTERM');
  const { code, stderr } = await tracer.endedInTime();
  assert.equal(code, 0);
  return stderr;
}

test('what was loaded before the drop is warned of', needsRoot, async () => {
  const place = await newPlace('confdir');
  const environment = { NODE_OPTIONS: '--no-deprecation', LD_PRELOAD: 'libm.so.6' };
  const daemon = await Daemon.start(place, { environment });
  const [options, preload, ...others] = faultsOf(await daemon.stop());
  assert.match(options ?? '', /^txnid: NODE_OPTIONS is set at a start as root: /);
  assert.match(preload ?? '', /^txnid: LD_PRELOAD is set at a start as root: /);
  assert.deepEqual(others, []);
});
