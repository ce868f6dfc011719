/** The file that tells a service's pid, for whoever manages processes by such files. */

import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { errorCode } from '../error-code.js';
import { failure, type TxnidError } from '../errors.js';

/** Readable for all: who manages processes may be another user. */
const mode = 0o644;

/**
 * Writes the pid. The result empties the file at the end of the service, which may not see its name any more by then; a
 * crash leaves it as it is. Throws TxnidError.
 */
export function writePidFile(path: string, pid: number): () => void {
  let descriptor: number | undefined;
  try {
    const flags =
      constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = openSync(path, flags, mode);
    if (!fstatSync(descriptor).isFile()) throw new Error('it is not a regular file');
    ftruncateSync(descriptor, 0);
    writeSync(descriptor, `${pid}\n`, 0);
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw cannotWrite(path, error);
  }
  const opened = descriptor;
  return () => {
    try {
      ftruncateSync(opened, 0);
    } catch {
      // Nobody who ends has to be kept from it by this.
    }
    closeSync(opened);
  };
}

function cannotWrite(path: string, error: unknown): TxnidError {
  const code = errorCode(error);
  const isDenied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  const reason = code === 'ELOOP' ? 'it is a symbolic link' : (error as Error).message;
  const remedy = 'set pid-file to a path in a directory that this user may write, or to none';
  const what = `Cannot write the pid-file ${path}: ${reason}`;
  return failure(isDenied ? 'privilege' : 'settings', what, remedy, { cause: error });
}
