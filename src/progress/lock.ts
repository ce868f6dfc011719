/**
 * Exclusive ownership of a progress file, by two locks.
 *
 * The flock on the open file makes the promise hold: the kernel keeps it through SIGSTOP and drops it
 * with the process. proper-lockfile's directory is for people and for other hosts on a shared file
 * system. The flock is taken first; it proves that an owner on this host is gone, so the directory
 * such an owner left behind in a crash is taken over at once.
 */

import { fstatSync } from 'node:fs';
import { lock } from 'proper-lockfile';
import { errorCode } from '../error-code.js';
import { type ErrorCode, failure, type TxnidError } from '../errors.js';
import { HeldLock, type LockKeeper, removeLock } from './held-lock.js';
import type { Owner } from './record.js';

/** What tells a file from all others: fstat's device and inode numbers. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** What locking needs of the host; handed in, because foreign calls live elsewhere. */
export interface LockSystem {
  /** flock(2), exclusive, without waiting; false when another open of the file has it. */
  readonly flockExclusive: (descriptor: number) => boolean;
  /** Pid of the process that has the flock of this file, where the host can tell. */
  readonly flockHolder: (file: FileIdentity) => number | undefined;
}

/** Age at which another host takes a lock for abandoned, and how often ours is refreshed. */
export const staleMs = 10_000;
const refreshMs = 5_000;

/** Takes the flock. Throws a `locked` error that names the owner. */
export function takeFlock(
  descriptor: number,
  path: string,
  system: LockSystem,
  lastOwner: () => Owner | undefined,
): void {
  if (tryFlock(descriptor, path, system)) return;
  const pid = system.flockHolder(fstatSync(descriptor, { bigint: true })) ?? lastOwner()?.pid;
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  throw lockedBy(path, holder, 'stop that process first, or use another confdir');
}

function tryFlock(descriptor: number, path: string, system: LockSystem): boolean {
  try {
    return system.flockExclusive(descriptor);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = 'put the confdir on a file system that has locks';
    throw failure('locked', `Cannot lock ${path}: ${reason}`, remedy, { cause: error });
  }
}

function lockedBy(path: string, holder: string, remedy: string, cause?: unknown): TxnidError {
  return failure('locked', `Cannot use ${path}: it is locked by ${holder}`, remedy, { cause });
}

export interface VisibleLockOptions {
  /** The file that is locked, and the directory that says so. */
  readonly path: string;
  readonly lockPath: string;
  /** This process, and the owner that the progress file names, if it names one. */
  readonly self: Owner;
  readonly lastOwner: Owner | undefined;
  /** Who refreshes it from within a jail; undefined: this user, with the confdir in sight. */
  readonly keeper: LockKeeper | undefined;
  /** Called once if the directory is found removed or taken by somebody else. */
  readonly onLost: (error: TxnidError) => void;
}

/** Takes proper-lockfile's lock; the result releases it. The caller has the flock already. */
export async function takeVisibleLock(options: VisibleLockOptions): Promise<() => Promise<void>> {
  const { path, lockPath, self, lastOwner, keeper, onLost } = options;
  if (lastOwner !== undefined && isOfThisHost(lastOwner, self)) removeLeftover(path, lockPath);
  const held = new HeldLock(keeper);
  let isReleased = false;
  try {
    const release = await lock(path, {
      fs: held,
      lockfilePath: lockPath,
      realpath: false,
      stale: staleMs,
      update: refreshMs,
      onCompromised: (error) => {
        held.abandon();
        // A refresh that ends after the release says what it found all the same.
        if (!isReleased) onLost(lostLock(lockPath, error));
      },
    });
    return async () => {
      isReleased = true;
      await release();
    };
  } catch (error) {
    throw refusal(path, lockPath, lastOwner, error);
  }
}

/**
 * Whether an owner ran under this kernel or on this host. The same boot id means the same kernel, so
 * its flock was ours to see, also from a container of another name.
 */
export function isOfThisHost(owner: Owner, self: Owner): boolean {
  if (owner.boot !== '' && owner.boot === self.boot) return true;
  if (owner.machine !== '' || self.machine !== '') return owner.machine === self.machine;
  return owner.host === self.host;
}

function removeLeftover(path: string, lockPath: string): void {
  try {
    removeLock(lockPath);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw leftoverRefusal(path, lockPath, error);
  }
}

/** The error for the lock of an owner of this host that is gone, if it cannot be removed. */
export function leftoverRefusal(path: string, lockPath: string, cause: unknown): TxnidError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const remedy = `look at what is in ${lockPath}, then remove it`;
  return lockedBy(path, `a leftover that cannot be removed (${reason})`, remedy, cause);
}

/** The error for a lock that could not be taken; `cause`: what proper-lockfile failed with. */
export function refusal(
  path: string,
  lockPath: string,
  owner: Owner | undefined,
  cause: unknown,
): TxnidError {
  if (errorCode(cause) === 'ELOCKED') {
    const holder = owner === undefined ? 'an unknown process' : `host ${owner.host}`;
    const seconds = staleMs / 1000;
    const remedy = `stop its owner; a lock whose owner is gone ends ${seconds} seconds after its last refresh, or remove ${lockPath}`;
    return lockedBy(path, `${holder} (${lockPath})`, remedy, cause);
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const remedy = `make ${lockPath} possible to create for this user`;
  return failure(kindOf(cause), `Cannot lock ${path}: ${reason}`, remedy, { cause });
}

function kindOf(cause: unknown): ErrorCode {
  const code = errorCode(cause) ?? '';
  if (['EACCES', 'EPERM'].includes(code)) return 'privilege';
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(code) ? 'save' : 'locked';
}

function lostLock(lockPath: string, cause: Error): TxnidError {
  return failure(
    'lock-lost',
    `Lost the lock ${lockPath} (${cause.message})`,
    'find out who removed or took it, then start again',
    { cause },
  );
}
