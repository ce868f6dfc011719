/** Reads the settings file of a confdir; what is in it is not this module's business. */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, failure, TxnidError } from '../errors.js';

export const configFileName = 'txnid.yaml';

/** One byte more than a settings file may have: its reader tells a file that is too long by that. */
const readBytesMax = 64 * 1024 + 1;

// A FIFO without a writer would block an open without O_NONBLOCK for ever.
const openFlags = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * At most the first 64 KiB and one byte of the confdir's settings file, which is a regular file or a
 * symbolic link to one; undefined when there is none. Throws TxnidError: 'privilege' when it may not
 * be read, else 'settings'.
 */
export function readConfigFile(confdir: string): Uint8Array | undefined {
  const path = join(confdir, configFileName);
  try {
    return readRegularFile(path);
  } catch (error) {
    if (error instanceof TxnidError) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isThere(path)) return undefined;
    throw unreadable(path, code, error as Error);
  }
}

/** The names of what is in a confdir; none where they may not be seen. */
export function namesIn(confdir: string): string[] {
  try {
    return readdirSync(confdir);
  } catch {
    return [];
  }
}

/** Whether there is something: a symbolic link that leads nowhere is a mistake, not an absent file. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readRegularFile(path: string): Uint8Array {
  const fd = openSync(path, openFlags);
  try {
    if (!fstatSync(fd).isFile()) throw notRegular(path);
    return readStart(fd);
  } finally {
    closeSync(fd);
  }
}

function readStart(fd: number): Uint8Array {
  const bytes = Buffer.alloc(readBytesMax);
  let length = 0;
  for (;;) {
    const count = readSync(fd, bytes, length, bytes.length - length, null);
    length += count;
    if (count === 0 || length === bytes.length) return bytes.subarray(0, length);
  }
}

function notRegular(path: string): TxnidError {
  const remedy = 'put a regular file in its place, or remove it';
  return failure('settings', `Cannot read ${path}: it is not a regular file`, remedy);
}

function unreadable(path: string, code: string, cause: Error): TxnidError {
  const [kind, remedy] = unreadableRemedies[code] ?? ['settings', 'see why the system refuses it'];
  // Node's messages end in the call and the path; only what comes before is news.
  const reason = cause.message.split(', ')[0];
  return failure(kind, `Cannot read ${path}: ${reason}`, remedy, { cause });
}

const unreadableRemedies: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EACCES: ['privilege', 'let the user that starts the service read it'],
  EPERM: ['privilege', 'let the user that starts the service read it'],
  ENOENT: ['settings', 'mend the symbolic link, or remove it'],
  ELOOP: ['settings', 'mend the symbolic links on the way to it'],
  ENOTDIR: ['settings', 'set confdir to a directory'],
  ENXIO: ['settings', 'put a regular file in its place, or remove it'],
  ENAMETOOLONG: ['settings', 'choose a confdir with a shorter path'],
};
