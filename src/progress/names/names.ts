/**
 * The sequences of a confdir that have a name: each has its files in a directory of its own, `sequences/NAME`, as the
 * instance itself has them in the confdir.
 */

import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../error-code.js';
import { failure } from '../../errors.js';
import { isSequenceName } from '../../sequence/name.js';
import { cannotCreate } from '../file/create.js';
import { type FileSystem, syncDirectory } from '../file/file-system.js';
import type { LockKeeper } from '../file/name-sight.js';
import { cannotOpen } from '../file/open-file.js';
import { progressPaths } from '../file/paths.js';
import { misplaced } from '../file/unusable.js';

/** Kept as tight as the confdir; the umask may be stricter. */
const directoryMode = 0o750;

/** The directory of all of them. */
function namedDirectories(confdir: string): string {
  return join(confdir, 'sequences');
}

export function namedDirectory(confdir: string, name: string): string {
  return join(namedDirectories(confdir), name);
}

/**
 * Throws a `state` error where something else is in the place of a name's directory, or of that of all: behind a link
 * may be the files of another sequence.
 */
export function refuseMisplaced(confdir: string, name: string, files: FileSystem): void {
  for (const path of [namedDirectories(confdir), namedDirectory(confdir, name)]) {
    let isOther: boolean;
    try {
      isOther = files.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
    } catch (error) {
      throw cannotOpen(path, error);
    }
    if (isOther)
      throw misplaced(path, 'is no directory of its own, but a link or something else there');
  }
}

/** Who keeps the lock of a confined owner, as for the files of a name. */
export function inNamedDirectory(keeper: LockKeeper, name: string): LockKeeper {
  const { confdir } = keeper;
  return { ...keeper, confdir: confdir === undefined ? undefined : namedDirectory(confdir, name) };
}

/** Makes an absent directory for a name, durably. Throws TxnidError. */
export function makeNamedDirectory(confdir: string, name: string, files: FileSystem): void {
  refuseMisplaced(confdir, name, files);
  for (const path of [namedDirectories(confdir), namedDirectory(confdir, name)]) {
    try {
      files.mkdirSync(path, directoryMode);
      syncDirectory(dirname(path), files);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw cannotCreate(path, error);
    }
  }
}

/** The names that have a directory, in order. Throws TxnidError where it cannot be told. */
export function namesThere(confdir: string): string[] {
  try {
    return readdirSync(namedDirectories(confdir)).filter(isSequenceName).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw cannotOpen(namedDirectories(confdir), error);
  }
}

/** The error for a name whose files are gone. */
export function goneSequence(confdir: string, name: string) {
  const { progress } = progressPaths(namedDirectory(confdir, name));
  const remedy = `put it back, or run "txnid advance N -sequence ${name}" with an N above every number of it handed out so far`;
  const what = `Cannot use the sequence ${name}: ${progress} is missing, although it was made`;
  return failure('state', what, remedy);
}

/** The error for a name that has no files. */
export function noSequence(confdir: string, name: string) {
  const what = `There is no sequence ${name} in ${confdir}`;
  const remedy =
    'see the names that there are with "txnid status"; a new one is made by its name in sequences and "txnid accept"';
  return failure('state', what, remedy);
}
