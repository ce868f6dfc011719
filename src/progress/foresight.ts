/**
 * Predicts, without locking or writing anything, the error with which a start would fail to take this
 * instance's files, in the same words. Files that a start opens for writing are opened for writing here
 * too, which changes nothing; where a start would create one, access(2) and statfs(2) are asked.
 *
 * Not predicted: a file system without locks, a disk that fails or fills up only when it is written, and
 * limits that the start's process has and this one has not, such as one on the size of files.
 */

import { accessSync, closeSync, constants, lstatSync, readdirSync, statfsSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname } from 'node:path';
import { systemError } from '../system-error.js';
import { cannotCreate, openUnborn } from './file/create.js';
import { progressFileBytes } from './file/disk.js';
import { realFileSystem } from './file/file-system.js';
import { openExisting } from './file/open-file.js';
import type { ProgressPaths } from './file/paths.js';
import type { Owner } from './file/record.js';
import type { Inspection } from './inspect.js';
import {
  type Claim,
  isFromFuture,
  isLeftover,
  leftoverRefusal,
  type OwnerSystem,
  refuseLivingOwner,
  staleMs,
  watchLock,
} from './lock/leftover-lock.js';
import { refusal } from './lock/lock.js';
import { AuditTrail } from './trail/trail.js';

/** The process that would take the lock. */
export interface Starter {
  readonly self: Owner;
  readonly system: OwnerSystem;
  /** Whether it would find a lock from the future abandoned: see `foreseeWatch`. */
  readonly isAbandoned: boolean;
}

/**
 * Throws the first error that a start would end with. `starter`: undefined where this looks beside the
 * process that has the lock.
 */
export function foreseeTaking(inspection: Inspection, starter: Starter | undefined): void {
  foreseeProgress(inspection);
  AuditTrail.open(inspection.paths.audit, realFileSystem).close();
  if (starter !== undefined) foreseeLock(inspection, starter);
}

/** Watches the lock where a start would: whether it would find it abandoned. */
export async function foreseeWatch({ paths: { lock } }: Inspection): Promise<boolean> {
  const found = lstatSync(lock, { throwIfNoEntry: false });
  if (found === undefined || !isFromFuture(found.mtimeMs)) return false;
  return (await watchLock(lock)) === 'abandoned';
}

function foreseeProgress({ paths, lastEvent }: Inspection): void {
  const descriptor = openExisting(paths.progress, constants.O_RDWR, realFileSystem);
  if (descriptor !== undefined) closeSync(descriptor);
  // A start refuses to create a file that the trail knows of.
  else if (lastEvent === undefined) foreseeCreation(paths);
}

function foreseeCreation({ progress, unborn }: ProgressPaths): void {
  if (lstatSync(unborn, { throwIfNoEntry: false }) !== undefined)
    closeSync(openUnborn(unborn, 0, realFileSystem));
  const directory = dirname(progress);
  const denied = refusedIn(directory);
  if (denied !== undefined) throw cannotCreate(unborn, systemError(denied, 'open', unborn));
  const { bsize, bavail, bfree, files, ffree } = statfsSync(directory);
  const full = { errno: -osConstants.errno.ENOSPC };
  // Some file systems count no files at all.
  if (files > 0 && ffree === 0) throw cannotCreate(unborn, systemError(full, 'open', unborn));
  const blocks = process.geteuid?.() === 0 ? bfree : bavail;
  if (blocks * bsize >= progressFileBytes) return;
  throw cannotCreate(progress, systemError(full, 'write'));
}

function foreseeLock({ paths, choice }: Inspection, starter: Starter): void {
  if (choice === undefined) return;
  const { record } = choice;
  const { progress, lock } = paths;
  const file = String(lstatSync(progress).ino);
  const claim: Claim = { path: progress, lockPath: lock, file, last: record, ...starter };
  refuseLivingOwner(claim);
  const found = lstatSync(lock, { throwIfNoEntry: false });
  const { isAbandoned } = starter;
  if (found !== undefined && (isAbandoned || isLeftover(claim, found.mtimeMs))) {
    const error = removalError(lock, found.isDirectory());
    if (error !== undefined) throw leftoverRefusal(progress, lock, error);
    return;
  }
  const error = takingError(lock, found);
  if (error !== undefined) throw refusal(progress, lock, record.owner, error);
}

interface Leftover {
  readonly mtimeMs: number;
  readonly isDirectory: () => boolean;
}

function takingError(lockPath: string, found: Leftover | undefined): unknown {
  if (found === undefined) {
    const denied = refusedIn(dirname(lockPath));
    return denied === undefined ? undefined : systemError(denied, 'mkdir', lockPath);
  }
  const isStale = found.mtimeMs < Date.now() - staleMs;
  if (isStale) return removalError(lockPath, found.isDirectory());
  return Object.assign(new Error('it is fresh'), { code: 'ELOCKED' });
}

/** Removing begins with rmdir, whatever the lock is: where names may not be removed, it says so. */
function removalError(path: string, isDirectory: boolean): Error | undefined {
  const denied = refusedIn(dirname(path));
  if (denied !== undefined) return systemError(denied, 'rmdir', path);
  if (!isDirectory || readdirSync(path).length === 0) return undefined;
  return systemError({ errno: -osConstants.errno.ENOTEMPTY }, 'rmdir', path);
}

/** Why this process can make or remove no names in a directory, if it cannot. */
function refusedIn(directory: string): unknown {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}
