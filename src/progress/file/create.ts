/**
 * Making a progress file that was not there.
 *
 * It is built under another name, flushed, and then linked to its own: link(2) never replaces, so two
 * first starts at once cannot both win, and a power cut leaves a whole file or none. The flock is
 * taken before the file gets its name and stays on the same inode, so nobody else ever owns it first.
 */

import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../../error-code.js';
import { failure, TxnidError } from '../../errors.js';
import { remedyFor } from '../../system-error.js';
import { progressFileBytes } from './disk.js';
import { type FileStatus, type FileSystem, keepRegular, syncDirectory } from './file-system.js';
import { type FlockSystem, takeFlock } from './flock.js';
import type { ProgressPaths } from './paths.js';
import { encodeRecord, type ProgressRecord } from './record.js';

/**
 * Creates the file with this record, and the same one again after it; the open descriptor, which holds the flock, or
 * undefined when somebody else's file has the name by now. Throws `locked`, `privilege` or `save`.
 */
export function createProgressFile(
  paths: ProgressPaths,
  record: ProgressRecord,
  system: FlockSystem,
  files: FileSystem,
): number | undefined {
  const descriptor = openUnborn(paths.unborn, files);
  try {
    takeFlock(descriptor, paths.progress, system, files, () => undefined);
    if (isNamed(descriptor, paths.unborn, files)) {
      writeBothSlots(descriptor, { ...record, file: inodeOf(descriptor, files) }, files);
      if (giveName(paths, files)) return descriptor;
    }
  } catch (error) {
    files.closeSync(descriptor);
    throw cannotCreate(paths.progress, error);
  }
  files.closeSync(descriptor);
  return undefined;
}

/** Whether the file that is open is the one at `path`. */
export function isNamed(descriptor: number, path: string, files: FileSystem): boolean {
  return isAt(path, files.fstatSync(descriptor), files);
}

/** The same of one that fstat(2) has told of. */
export function isAt(path: string, open: FileStatus, files: FileSystem): boolean {
  const named = files.statSync(path, { throwIfNoEntry: false });
  return named !== undefined && named.ino === open.ino && named.dev === open.dev;
}

/** Opens the file under which a progress file is built, which a start that crashed may have left. Throws TxnidError. */
function openUnborn(path: string, files: FileSystem): number {
  const flags = constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let descriptor: number;
  try {
    descriptor = files.openSync(path, flags, 0o600);
  } catch (error) {
    throw cannotCreate(path, error);
  }
  return keepRegular(descriptor, files, {
    failed: (error) => cannotCreate(path, error),
    irregular: () => inTheWay(path, 'it is not a regular file'),
  });
}

function inTheWay(path: string, what: string, cause?: unknown): TxnidError {
  const remedy = 'move it away; progress files are built under this name';
  return failure('state', `Cannot create ${path}: ${what}`, remedy, { cause });
}

/** Inode number of an open file, decimal: what a record says of the file that it is in. */
export function inodeOf(descriptor: number, files: FileSystem): string {
  return String(files.fstatSync(descriptor).ino);
}

/** The same record once more, for the other slot: either of them may be lost then. */
export function successorOf(record: ProgressRecord): ProgressRecord {
  return { ...record, generation: record.generation + 1 };
}

/** Makes the whole file new: the record, and the same one as its successor. */
function writeBothSlots(descriptor: number, record: ProgressRecord, files: FileSystem): void {
  const bytes = Buffer.concat([encodeRecord(record), encodeRecord(successorOf(record))]);
  // What was there, say of a start that crashed here, may be longer.
  files.ftruncateSync(descriptor, 0);
  const written = files.writeSync(descriptor, bytes, 0, bytes.length, 0);
  if (written !== progressFileBytes) throw new Error(`only ${written} bytes could be written`);
  files.fsyncSync(descriptor);
}

function giveName(paths: ProgressPaths, files: FileSystem): boolean {
  const isFirst = linkOnce(paths.unborn, paths.progress, files);
  if (isFirst) dropFirstName(paths, files);
  else removeUnborn(paths, files);
  return isFirst;
}

/** Takes the name away under which the file was built, once a power cut cannot lose the other one. */
export function dropFirstName(paths: ProgressPaths, files: FileSystem): void {
  syncDirectory(dirname(paths.progress), files);
  removeUnborn(paths, files);
}

function removeUnborn({ unborn }: ProgressPaths, files: FileSystem): void {
  files.rmSync(unborn);
  syncDirectory(dirname(unborn), files);
}

function linkOnce(from: string, to: string, files: FileSystem): boolean {
  try {
    files.linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A system's error as one for an operator; a TxnidError as it is. */
export function cannotCreate(path: string, error: unknown): unknown {
  if (error instanceof TxnidError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const what = `Cannot create ${path}: ${reason}`;
  const cause = { cause: error };
  switch (errorCode(error)) {
    case 'ELOOP':
      return inTheWay(path, 'it is a symbolic link', error);
    case 'EISDIR':
    case 'ENXIO':
      return inTheWay(path, 'it is not a regular file', error);
    case 'ENOENT':
    case 'ENOTDIR':
      return failure('settings', what, 'make the confdir, or set another one', cause);
    case 'EACCES':
    case 'EPERM':
      return failure('privilege', what, 'give this user the right to write the confdir', cause);
    default:
      return failure(
        'save',
        what,
        remedyFor(error, 'mend the disk or make room on it, then start again'),
        cause,
      );
  }
}
