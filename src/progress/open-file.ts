/** Opening a progress file for an owner: exclusive, checked to be the one file of its name. */

import { closeSync, constants, fstatSync, openSync, rmSync } from 'node:fs';
import { failure, type TxnidError } from '../errors.js';
import { chooseRecord, misplaced, unusable } from './content.js';
import { isNamed } from './create.js';
import { DescriptorDisk } from './disk.js';
import { errorCode } from './error-code.js';
import { type LockSystem, takeFlock } from './lock.js';
import type { ProgressPaths } from './paths.js';
import type { Owner } from './record.js';

/** Opens the file and takes its flock; undefined where there is none. Throws TxnidError. */
export function openProgressFile(paths: ProgressPaths, system: LockSystem): number | undefined {
  const descriptor = openExisting(paths.progress, constants.O_RDWR);
  if (descriptor === undefined) return undefined;
  try {
    takeFlock(descriptor, paths.progress, system, () => ownerIn(descriptor));
    // Whoever removed the file between our open and our lock left us with one nobody else can find.
    if (!isNamed(descriptor, paths.progress))
      throw unusable(paths.progress, 'was replaced just now');
    finishBirth(descriptor, paths);
    const other = secondName(descriptor, paths);
    if (other !== undefined) throw other;
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Opens a regular file without following a link or waiting; undefined where there is none. */
export function openExisting(path: string, mode: number): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, mode | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannotOpen(path, error);
  }
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw misplaced(path, 'is not a regular file');
}

function cannotOpen(path: string, error: unknown): unknown {
  const reason = error instanceof Error ? error.message : String(error);
  const what = `Cannot open ${path}: ${reason}`;
  switch (errorCode(error)) {
    case 'ELOOP':
      return misplaced(path, 'is a symbolic link', error);
    case 'EISDIR':
    case 'ENXIO':
      return misplaced(path, 'is not a regular file', error);
    case 'ENOTDIR':
      return failure('settings', what, 'make the confdir a directory', { cause: error });
    case 'EACCES':
    case 'EPERM':
      return failure('privilege', what, 'run txnid as the user that owns it', { cause: error });
    default:
      return failure('save', what, 'mend the disk, then start again', { cause: error });
  }
}

/** The owner that the file names now, as far as it can be read. */
function ownerIn(descriptor: number): Owner | undefined {
  const bytes = new DescriptorDisk(descriptor).performSync({ call: 'read' });
  if (!(bytes instanceof Uint8Array)) return undefined;
  const choice = chooseRecord(bytes);
  return 'unusable' in choice ? undefined : choice.record.owner;
}

/** A crash during the creation can leave the file with both its names: take the first one away. */
function finishBirth(descriptor: number, paths: ProgressPaths): void {
  const isLeftover = fstatSync(descriptor).nlink === 2 && isNamed(descriptor, paths.unborn);
  if (isLeftover) rmSync(paths.unborn);
}

/**
 * The error for a file with a second name, under which another start would not see the lock directory,
 * nor an operator the owner; undefined where there is none but a creation's.
 */
export function secondName(descriptor: number, paths: ProgressPaths): TxnidError | undefined {
  const { nlink, ino } = fstatSync(descriptor);
  if (nlink <= 1 || (nlink === 2 && isNamed(descriptor, paths.unborn))) return undefined;
  return failure(
    'state',
    `Cannot use the progress file: ${paths.progress} has ${nlink} hard links`,
    `find the others (find DIRECTORY -xdev -inum ${ino}) and remove all but one`,
  );
}
