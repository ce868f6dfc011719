/**
 * A worker thread that claims from a shared counter as the serving threads do: it claims, asks for a
 * reservation where it is due, and waits. It posts 'low', and at the end the first indexes it got.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { notReserved, SharedCounter } from '../../../src/sequence/counter.js';

export interface ClaimingOrder {
  readonly memory: SharedArrayBuffer;
  /** Indexes of each claim. */
  readonly counts: readonly number[];
  /** Ends after this many claims, or when the counter is stopped. */
  readonly claimsMax: number;
}

const { memory, counts, claimsMax } = workerData as ClaimingOrder;
const counter = new SharedCounter(memory);

function claim(count: bigint): bigint {
  for (;;) {
    const seen = counter.changes();
    const first = counter.claim(count);
    if (counter.takeReservationRequest(first === notReserved ? Number(count) : 1)) {
      parentPort?.postMessage('low');
    }
    if (first !== notReserved || !counter.isRunning()) return first;
    counter.waitForChange(seen);
  }
}

const claims: [bigint, number][] = [];
for (let turn = 0; turn < claimsMax; turn++) {
  const count = counts[turn % counts.length] ?? 1;
  const first = claim(BigInt(count));
  if (first === notReserved) break;
  claims.push([first, count]);
}
parentPort?.postMessage(claims);
