/** A thread that only claims, once all the others are there, and counts its compare-and-exchanges. */

import { parentPort, workerData } from 'node:worker_threads';
import { SharedCounter } from '../../src/sequence/counter.js';

export interface ClaimsOrder {
  /** The memory of a SharedCounter with everything reserved. */
  readonly memory: SharedArrayBuffer;
  /** An Int32 that counts the threads that are there. */
  readonly start: SharedArrayBuffer;
  readonly threads: number;
  /** Claims of each thread. */
  readonly claims: number;
}

export interface ClaimsDone {
  /** By a clock that all threads share. */
  readonly startMs: number;
  readonly endMs: number;
  readonly exchanges: number;
}

const { memory, start, threads, claims } = workerData as ClaimsOrder;
const counter = new SharedCounter(memory);
const present = new Int32Array(start);

let exchanges = 0;
const exchange = Atomics.compareExchange;
// The claims under measurement are the real ones: they are counted from below.
Atomics.compareExchange = ((...values: Parameters<typeof exchange>) => {
  exchanges++;
  return exchange(...values);
}) as typeof exchange;

Atomics.add(present, 0, 1);
while (Atomics.load(present, 0) < threads);
const startMs = Date.now();
for (let left = claims; left > 0; left--) counter.claim(1n);
parentPort?.postMessage({ startMs, endMs: Date.now(), exchanges } satisfies ClaimsDone);
