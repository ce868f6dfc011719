/**
 * The directory that the files of an instance are in. No start makes it: where a volume is not mounted, or
 * its path is misspelt, an instance would begin again in a new one, and repeat its numbers.
 */

import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { errorCode } from '../error-code.js';
import { type Fault, failure, type TxnidError } from '../errors.js';

const confdirMode = 0o750;

/** Makes an absent confdir, if its parent exists. Throws TxnidError. */
export function makeConfdir(confdir: string): void {
  try {
    mkdirSync(confdir);
    // The umask may be stricter than what an administrators' group needs.
    chmodSync(confdir, confdirMode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw cannotMake(confdir, error);
  }
}

/** What is wrong where there is no confdir; undefined where there is one, or it cannot be told. */
export function absentConfdir(confdir: string): Fault | undefined {
  if (!isAbsent(confdir)) return undefined;
  const remedy =
    'mount or restore it, or correct the path; where there never was one, run "txnid init"';
  return { what: `The confdir ${confdir} does not exist`, remedy };
}

/** Throws a `settings` error where there is no confdir. */
export function refuseAbsentConfdir(confdir: string): void {
  const fault = absentConfdir(confdir);
  if (fault !== undefined) throw failure('settings', fault.what, fault.remedy);
}

function isAbsent(confdir: string): boolean {
  try {
    return statSync(confdir, { throwIfNoEntry: false }) === undefined;
  } catch {
    // Whoever opens what is in it says what is wrong.
    return false;
  }
}

function cannotMake(confdir: string, error: unknown): TxnidError {
  const code = errorCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  const kind = code === 'EACCES' || code === 'EPERM' ? 'privilege' : 'settings';
  const remedy = 'make the directory, or set another confdir';
  return failure(kind, `Cannot make the confdir ${confdir}: ${reason}`, remedy, { cause: error });
}
