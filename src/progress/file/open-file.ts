/** Opening a progress file for an owner: exclusive, checked to be the one file of its name. */

import { constants } from 'node:fs';
import { errorCode } from '../../error-code.js';
import { failure, TxnidError } from '../../errors.js';
import { remedyFor } from '../../system-error.js';
import { newestRecord } from './content.js';
import { dropFirstName, isAt } from './create.js';
import { DescriptorDisk } from './disk.js';
import { type FileStatus, type FileSystem, keepRegular } from './file-system.js';
import { type FlockSystem, takeFlock } from './flock.js';
import type { ProgressPaths } from './paths.js';
import type { Owner } from './record.js';
import { misplaced, unusable } from './unusable.js';

/** Opens the file and takes its flock; undefined where there is none. Throws TxnidError. */
export function openProgressFile(
  paths: ProgressPaths,
  system: FlockSystem,
  files: FileSystem,
): number | undefined {
  const descriptor = openExisting(paths.progress, constants.O_RDWR, files);
  if (descriptor === undefined) return undefined;
  try {
    takeFlock(descriptor, paths.progress, system, files, () => ownerIn(descriptor, files));
    const status = files.fstatSync(descriptor);
    // Whoever removed the file between our open and our lock left us with one nobody else can find.
    if (!isAt(paths.progress, status, files))
      throw unusable(paths.progress, 'was replaced just now');
    const isBorn = finishBirth(status, paths, files);
    const other = secondName(isBorn ? files.fstatSync(descriptor) : status, paths, files);
    if (other !== undefined) throw other;
    return descriptor;
  } catch (error) {
    files.closeSync(descriptor);
    throw cannotOpen(paths.progress, error);
  }
}

/** Opens a regular file without following a link or waiting; undefined where there is none. */
export function openExisting(path: string, mode: number, files: FileSystem): number | undefined {
  let descriptor: number;
  try {
    descriptor = files.openSync(path, mode | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannotOpen(path, error);
  }
  return keepRegular(descriptor, files, {
    failed: (error) => cannotOpen(path, error),
    irregular: () => misplaced(path, 'is not a regular file'),
  });
}

/** A system's error as one for an operator; any other error as it is. */
export function cannotOpen(path: string, error: unknown): unknown {
  if (error instanceof TxnidError || errorCode(error) === undefined) return error;
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
      return failure('save', what, remedyFor(error, 'mend the disk, then start again'), {
        cause: error,
      });
  }
}

/** The owner that the file names now, as far as it can be read. */
function ownerIn(descriptor: number, files: FileSystem): Owner | undefined {
  return newestRecord(new DescriptorDisk(files, descriptor).readSync())?.owner;
}

/** A crash during the creation can leave the file with both its names: takes the first one away, if so. */
function finishBirth(status: FileStatus, paths: ProgressPaths, files: FileSystem): boolean {
  const isUnfinished = status.nlink === 2 && isAt(paths.unborn, status, files);
  if (isUnfinished) dropFirstName(paths, files);
  return isUnfinished;
}

/**
 * The error for a file with a second name, under which another start would not see the lock directory,
 * nor an operator the owner; undefined where there is none but a creation's.
 */
export function secondName(
  status: FileStatus,
  paths: ProgressPaths,
  files: FileSystem,
): TxnidError | undefined {
  const { nlink, ino } = status;
  if (nlink <= 1 || (nlink === 2 && isAt(paths.unborn, status, files))) return undefined;
  return failure(
    'state',
    `Cannot use the progress file: ${paths.progress} has ${nlink} hard links`,
    `find the others (find DIRECTORY -xdev -inum ${ino}) and remove all but one`,
  );
}
