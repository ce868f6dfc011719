/** eventfd(2): a descriptor by which one thread tells others, which wait in epoll, that something is new. */

import { writeSync } from 'node:fs';
import { checked, foreign } from './libc.js';

// Linux's values, the same on x86-64 and arm64.
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

const eventfd = foreign<(count: number, flags: number) => number>('int eventfd(unsigned int, int)');

const one = Buffer.from(new BigUint64Array([1n]).buffer);

/**
 * A descriptor that is readable from the start. Whoever watches it edge-triggered hears of it once when
 * it begins, and then after each `announce`: so what was announced just before is not missed. Throws
 * LibcError.
 */
export function newEvent(): number {
  return checked('eventfd', eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
}

/** Never blocks: nobody reads the count, which has room for 2^64. */
export function announce(event: number): void {
  writeSync(event, one);
}
