/**
 * Whose the visible lock is that a start finds, once it has the flock of the file: one that a crash left
 * is taken over at once, and one that may be held is left alone.
 *
 * The flock proves that nobody on this kernel holds the same file. It proves nothing of an owner on
 * another kernel, nor of one that holds another file, which had this name before it was moved away or
 * replaced: so each record says in which file it was written. Host names prove nothing at all.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../error-code.js';
import { failure, type TxnidError } from '../../errors.js';
import type { FileSystem } from '../file/file-system.js';
import { lockedBy } from '../file/flock.js';
import type { Owner, ProgressRecord } from '../file/record.js';
import { removeLock } from './held-lock.js';

/** Age at which another host takes a lock for abandoned, and how often ours is refreshed. */
export const staleMs = 10_000;
export const refreshMs = 5_000;

/** How often a lock from the future is looked at. */
const lookMs = 500;

/** What the host knows of processes that may own a file. */
export interface OwnerSystem {
  /** Whether this very process runs on this host. */
  readonly isAlive: (owner: Owner) => boolean;
  /** When this host booted, in milliseconds since 1970 by its own clock. */
  readonly bootedAtMs: () => number;
}

/** A start that has the flock, and what it found. */
export interface Claim {
  /** The file that is locked, and the lock that says so. */
  readonly path: string;
  readonly lockPath: string;
  /** This process. */
  readonly self: Owner;
  /** Inode number of the file that it holds. */
  readonly file: string;
  /** The record that the file has; undefined where none can be read. */
  readonly last: ProgressRecord | undefined;
  readonly system: OwnerSystem;
  readonly files: FileSystem;
}

/** Throws `locked` if the last owner runs, in another file that had this name. */
export function refuseLivingOwner({ path, self, file, last, system }: Claim): void {
  // A clean record means that its owner is done with the file, if not at its end.
  if (last?.file === undefined || last.file === file || last.clean) return;
  const { owner } = last;
  if (isSelf(owner, self) || !system.isAlive(owner)) return;
  throw lockedBy(
    path,
    `process ${owner.pid}, in the file that had this name before`,
    'stop that process first; it stops by itself once it finds its file moved away or replaced',
  );
}

/** Whether the lock of this age is that of an owner which is known to be gone. */
export function isLeftover({ self, file, last, system }: Claim, mtimeMs: number): boolean {
  if (last === undefined) return false;
  const { owner } = last;
  if (isKnown(owner.boot, self.boot)) {
    if (last.file !== undefined) return last.file === file;
    return isSelf(owner, self) || !system.isAlive(owner);
  }
  const isOfMachine = isKnown(owner.machine, self.machine);
  // Where there is no /proc nobody knows a boot: then the flock of this machine has to be enough.
  if (owner.boot === '' || self.boot === '') return isOfMachine && last.file === file;
  // One machine id may be on two machines, of a cloned image: then the lock of the other is younger.
  return isOfMachine && mtimeMs < system.bootedAtMs();
}

function isKnown(one: string, other: string): boolean {
  return one !== '' && one === other;
}

function isSelf({ pid, start, boot }: Owner, self: Owner): boolean {
  return pid === self.pid && start === self.start && boot === self.boot;
}

/** Whether the clock of a lock's owner is so far ahead that its age tells nothing. */
function isFromFuture(mtimeMs: number): boolean {
  return mtimeMs - Date.now() > refreshMs;
}

/**
 * Watches a lock whose age tells nothing for as long as any other one is left alone: one that an owner
 * has is refreshed meanwhile.
 */
async function watchLock(
  lockPath: string,
  files: FileSystem,
): Promise<'gone' | 'refreshed' | 'abandoned'> {
  const look = () => files.lstatSync(lockPath, { throwIfNoEntry: false });
  const first = look();
  // Counted in looks, not by the clock: this process may be stopped meanwhile, and the owner with it.
  for (let waitedMs = 0; waitedMs < staleMs; waitedMs += lookMs) {
    await sleep(lookMs);
    const now = look();
    if (first === undefined || now === undefined) return 'gone';
    if (now.ino !== first.ino || now.mtimeMs !== first.mtimeMs) return 'refreshed';
  }
  return 'abandoned';
}

/** Takes away what is known to be abandoned. Throws TxnidError. */
export async function clearLeftover(
  claim: Claim,
  onWarning: (warning: TxnidError) => void,
): Promise<void> {
  const { path, lockPath, last, files } = claim;
  const found = files.lstatSync(lockPath, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (isLeftover(claim, found.mtimeMs)) return removeLeftover(path, lockPath, files);
  if (!isFromFuture(found.mtimeMs)) return;
  onWarning(watching(lockPath));
  const fate = await watchLock(lockPath, files);
  if (fate === 'refreshed') throw heldBy(path, lockPath, last?.owner);
  if (fate === 'abandoned') removeLeftover(path, lockPath, files);
}

function watching(lockPath: string): TxnidError {
  const what = `The lock ${lockPath} was refreshed later than it is now`;
  const remedy = `nothing has to be done: it is watched for ${staleMs / 1000} seconds, and taken over unless its owner refreshes it; set the clocks right`;
  return failure('locked', what, remedy);
}

function removeLeftover(path: string, lockPath: string, files: FileSystem): void {
  try {
    removeLock(lockPath, files);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw leftoverRefusal(path, lockPath, error);
  }
}

/** The error for the lock of an owner that is gone, if it cannot be removed. */
function leftoverRefusal(path: string, lockPath: string, cause: unknown): TxnidError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const remedy = `look at what is in ${lockPath}, then remove it`;
  return lockedBy(path, `a leftover that cannot be removed (${reason})`, remedy, cause);
}

/** The error for a lock that its owner has, as far as can be told. */
export function heldBy(
  path: string,
  lockPath: string,
  owner: Owner | undefined,
  cause?: unknown,
): TxnidError {
  const holder = owner === undefined ? 'an unknown process' : `host ${owner.host}`;
  const seconds = staleMs / 1000;
  const remedy = `stop its owner; a lock whose owner is gone ends ${seconds} seconds after its last refresh, or remove ${lockPath}`;
  return lockedBy(path, `${holder} (${lockPath})`, remedy, cause);
}
