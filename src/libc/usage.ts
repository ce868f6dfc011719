/** What this thread has used of the machine. */

import { foreign } from './libc.js';

// Linux's value, the same on x86-64 and arm64.
const RUSAGE_THREAD = 1;

/** struct rusage: two times of two longs each, user and system, and fourteen counts. */
const usageLongs = 18;

const getrusage = foreign<(who: number, usage: Uint8Array) => number>(
  'int getrusage(int, uint8_t *)',
);

const usage = new BigInt64Array(usageLongs);
const usageBytes = new Uint8Array(usage.buffer);

/** CPU time of this thread up to now, in milliseconds. */
export function threadCpuMs(): number {
  getrusage(RUSAGE_THREAD, usageBytes);
  const [userSeconds = 0n, userMicroseconds = 0n, seconds = 0n, microseconds = 0n] = usage;
  return Number(userSeconds + seconds) * 1000 + Number(userMicroseconds + microseconds) / 1000;
}
