/**
 * The flock on an open progress file, which makes the promise hold: the kernel keeps it through SIGSTOP and
 * drops it with the process.
 */

import { failure, type TxnidError } from '../../errors.js';
import type { FileSystem } from './file-system.js';
import type { NamedInode } from './name-sight.js';
import type { Owner } from './record.js';

/** What a flock needs of the host; handed in, because foreign calls live elsewhere. */
export interface FlockSystem {
  /** flock(2), exclusive, without waiting; false when another open of the file has it. */
  readonly flockExclusive: (descriptor: number) => boolean;
  /** Pid of the process that has the flock of this file, where the host can tell. */
  readonly flockHolder: (file: NamedInode) => number | undefined;
}

/** Takes the flock. Throws a `locked` error that names the owner. */
export function takeFlock(
  descriptor: number,
  path: string,
  system: FlockSystem,
  files: FileSystem,
  lastOwner: () => Owner | undefined,
): void {
  if (tryFlock(descriptor, path, system)) return;
  const pid = system.flockHolder(files.inodeSync(descriptor)) ?? lastOwner()?.pid;
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  throw lockedBy(path, holder, 'stop that process first, or use another confdir');
}

function tryFlock(descriptor: number, path: string, system: FlockSystem): boolean {
  try {
    return system.flockExclusive(descriptor);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = 'put the confdir on a file system that has locks';
    throw failure('locked', `Cannot lock ${path}: ${reason}`, remedy, { cause: error });
  }
}

/** The error for a lock that somebody else has. */
export function lockedBy(
  path: string,
  holder: string,
  remedy: string,
  cause?: unknown,
): TxnidError {
  return failure('locked', `Cannot use ${path}: it is locked by ${holder}`, remedy, { cause });
}
