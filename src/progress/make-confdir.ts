/** Making the directory that the files of an instance are in. */

import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../error-code.js';
import { failure, type TxnidError } from '../errors.js';
import { systemError } from '../system-error.js';

const confdirMode = 0o750;

/** Makes an absent confdir, if its parent exists. Throws TxnidError. */
export function makeConfdir(confdir: string): void {
  try {
    mkdirSync(confdir);
    // The umask of the service is stricter than what an administrators' group needs.
    chmodSync(confdir, confdirMode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw cannotMake(confdir, error);
  }
}

/** Throws what making an absent confdir would be refused with, and makes nothing. */
export function foreseeConfdir(confdir: string): void {
  if (existsSync(confdir)) return;
  try {
    accessSync(dirname(confdir), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotMake(confdir, systemError(error, 'mkdir', confdir));
  }
}

function cannotMake(confdir: string, error: unknown): TxnidError {
  const code = errorCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  const kind = code === 'EACCES' || code === 'EPERM' ? 'privilege' : 'settings';
  const remedy = 'make the directory, or set another confdir';
  return failure(kind, `Cannot make the confdir ${confdir}: ${reason}`, remedy, { cause: error });
}
