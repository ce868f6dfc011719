/** flock(2): a lock that the kernel releases with the last descriptor of an open file. */

import { constants } from 'node:os';
import { errno, foreign, LibcError } from './libc.js';

const LOCK_EX = 2;
const LOCK_NB = 4;

const flock = foreign<(fd: number, operation: number) => number>('int flock(int, int)');

/**
 * Takes the exclusive lock of an open file; false when another open of the file holds it. Throws
 * LibcError, for example when the file system has no locks.
 */
export function flockExclusive(fd: number): boolean {
  while (flock(fd, LOCK_EX | LOCK_NB) === -1) {
    const error = errno();
    if (error === constants.errno.EWOULDBLOCK) return false;
    if (error !== constants.errno.EINTR) throw new LibcError('flock', error);
  }
  return true;
}
