/** fcntl(2): writes that fail at once where they would have to wait. */

import { constants } from 'node:fs';
import { foreign } from './libc.js';

// Linux's values, the same on x86-64 and arm64.
const F_GETFL = 3;
const F_SETFL = 4;

const fcntl = foreign<(fd: number, command: number, flags: number) => number>(
  'int fcntl(int, int, int)',
);

/**
 * Runs `act` while the open file does not block (EAGAIN instead). It is so for every process that
 * shares it, the shell of a terminal too, and therefore no longer than that.
 */
export function withoutWaiting(fd: number, act: () => void): void {
  const flags = fcntl(fd, F_GETFL, 0);
  const isBlocking = flags !== -1 && (flags & constants.O_NONBLOCK) === 0;
  if (isBlocking) fcntl(fd, F_SETFL, flags | constants.O_NONBLOCK);
  try {
    act();
  } finally {
    if (isBlocking) fcntl(fd, F_SETFL, flags);
  }
}
