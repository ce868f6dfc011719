/**
 * What a service gives up before it lets the first client in: the file system, its user's rights, new
 * processes and threads, and the system calls it does not need. Each step is checked afterwards; what
 * cannot be given up although it was asked for ends the start.
 *
 * Nothing may be loaded any more once the jail has been entered: what lies in it is not ours. Nor may
 * Node's event loops be given anything new to watch, such as a server of node:net: from Node 24 on
 * libuv does that by an io_uring of its own, and aborts when the filter refuses the call. The ring
 * cannot be left to it, since it opens and connects past every filter. Sockets of libc are no matter.
 * The end of the process has to be the one of leave.ts, because Node's own takes its loops apart.
 */

import { fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Fault, failure, TxnidError } from '../../errors.js';
import { refuseNewPrivileges } from '../../libc/seccomp.js';
import { remedyFor } from '../../system-error.js';
import type { Account } from './account.js';
import { filterCalls, type SeccompMode } from './seccomp.js';
import { ThreadStatuses } from './thread-status.js';

type Posix = typeof import('posix');

export interface JailPlan {
  /** Whom to become; undefined: nobody else. Not 0, see account.ts. */
  readonly account: Account | undefined;
  /** Canonical path of the directory to be locked into, if any: chroot resolves others twice. */
  readonly directory: string | undefined;
  readonly seccomp: SeccompMode;
}

/** libuv starts all threads of its pool with its first job; more jobs are for pools that start late. */
const warmingJobs = 16;

/**
 * Loads all that entering takes and starts Node's pool of threads: there can be no new ones then.
 * Main thread only (posix is not made for others). The result enters, and returns warnings; it is to
 * be called once every thread runs. It throws TxnidError 'privilege', with privileges perhaps gone.
 */
export async function prepareJail(plan: JailPlan): Promise<() => readonly Fault[]> {
  const { default: posix } = await import('posix');
  await Promise.all(Array.from({ length: warmingJobs }, () => stat('/')));
  return () => {
    try {
      return enter(plan, posix);
    } catch (error) {
      throw error instanceof TxnidError ? error : cannot(plan, error);
    }
  };
}

function enter({ account, directory, seccomp }: JailPlan, posix: Posix): readonly Fault[] {
  const threads = threadStatuses();
  try {
    posix.setrlimit('core', { soft: 0, hard: 0 });
    if (directory !== undefined) lockInto(directory, posix);
    if (account !== undefined) drop(account, posix);
    // For the user's processes as a whole, of which this one is to stay alone.
    posix.setrlimit('nproc', { soft: 0, hard: 0 });
    refuseNewPrivileges();
    const { isFiltering, warnings } = filterCalls(
      seccomp,
      account === undefined && directory === undefined ? 'allowed' : 'refused',
    );
    const fault = threads.fault({ account, isFiltering });
    if (fault !== undefined) throw new Error(fault);
    return warnings;
  } finally {
    threads.close();
  }
}

function threadStatuses(): ThreadStatuses {
  try {
    return new ThreadStatuses();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    const what = 'Cannot confine the service: there is no /proc to check it by';
    throw failure('privilege', what, 'mount /proc', { cause });
  }
}

function lockInto(directory: string, posix: Posix): void {
  refuseWaysOut(directory);
  posix.chroot(directory);
  // Node remembers the directory it was in.
  process.chdir('/');
}

/** A descriptor of a directory outside leads out of any jail, also one inherited from who started us. */
function refuseWaysOut(jail: string): void {
  for (const name of readdirSync('/proc/self/fd')) {
    if (!isDirectory(Number(name))) continue;
    const place = readlinkSync(`/proc/self/fd/${name}`);
    if (isWithin(jail, place)) continue;
    const what = `Cannot lock the process into ${jail}: descriptor ${name} is open on ${place}, which leads out`;
    throw failure('privilege', what, `start txnid without it (${name}<&-)`);
  }
}

function isDirectory(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isDirectory();
  } catch {
    // The one that listed the descriptors is closed by now.
    return false;
  }
}

/** Whether a canonical path is a directory or something in it. */
export function isWithin(directory: string, path: string): boolean {
  return (
    path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
  );
}

/** Node's own calls change all threads; numbers that are checked, because names and NaN can mean root. */
function drop({ uid, gid }: Account, posix: Posix): void {
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const waysBack: Record<string, () => void> = {
    setuid: () => process.setuid?.(0),
    seteuid: () => process.seteuid?.(0),
    setgid: () => process.setgid?.(0),
    setegid: () => process.setegid?.(0),
    setgroups: () => process.setgroups?.([0]),
    chroot: () => posix.chroot('/'),
  };
  for (const [name, tryIt] of Object.entries(waysBack)) {
    if (!isRefused(tryIt)) throw new Error(`${name} still works for user ${uid}`);
  }
}

function isRefused(tryIt: () => void): boolean {
  try {
    tryIt();
    return false;
  } catch {
    return true;
  }
}

function cannot({ account, directory }: JailPlan, cause: unknown): TxnidError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const place = directory === undefined ? '' : ` in ${directory}`;
  const who = account === undefined ? '' : ` as user ${account.uid}:${account.gid}`;
  const remedy = remedyFor(
    cause,
    'see what keeps root from it (capabilities, a container), or do without user and chroot',
  );
  return failure('privilege', `Cannot confine the service${place}${who}: ${reason}`, remedy, {
    cause,
  });
}
