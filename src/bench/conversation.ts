/**
 * The requests in flight of one connection, in order, and the replies to them. Pure: the bytes come
 * from outside, and what they say goes into the check and the latencies.
 */

import type { Latencies } from './latencies.js';
import type { NumberCheck } from './number-check.js';
import { ReplyScanner } from './reply-scanner.js';

/** What all connections of a run add up to. */
export interface Measured {
  readonly check: NumberCheck;
  readonly latencies: Latencies;
  /** Numbers that have come. */
  numbers: number;
  /** Requests that were sent and brought none. */
  failed: number;
  /** Why the last one of those did. */
  reason: string | undefined;
}

/** Requests that were sent at once: a link of a list. */
interface Batch {
  count: number;
  /** Latency of the first one counts from here, that of each one after it from `spacingMs` later. */
  sinceMs: number;
  readonly spacingMs: number;
  /** Index of the highest number that had come when they were sent. */
  readonly floor: number;
  next: Batch | undefined;
}

export class Conversation {
  readonly #measured: Measured;
  readonly #scanner: ReplyScanner;
  #oldest: Batch | undefined;
  #newest: Batch | undefined;
  #inFlight = 0;
  #last = Number.NEGATIVE_INFINITY;
  #nowMs = 0;
  #isSound = true;

  /** `terminator`: the byte behind each number. */
  constructor(measured: Measured, terminator: number, step: number) {
    this.#measured = measured;
    this.#scanner = new ReplyScanner(terminator, step);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The floor of the oldest request in flight; undefined if there is none. */
  get floor(): number | undefined {
    return this.#oldest?.floor;
  }

  /** Requests were sent. */
  asked(count: number, sinceMs: number, spacingMs: number): void {
    const floor = this.#measured.check.highest;
    const batch = { count, sinceMs, spacingMs, floor, next: undefined };
    if (this.#newest === undefined) this.#oldest = batch;
    else this.#newest.next = batch;
    this.#newest = batch;
    this.#inFlight += count;
  }

  /** Bytes have come; false when they are no replies, or more than were asked for. */
  receive(bytes: Uint8Array, length: number, nowMs: number): boolean {
    this.#nowMs = nowMs;
    return this.#scanner.scan(bytes, length, this.#takeRun) && this.#isSound;
  }

  readonly #takeRun = (high: number, low: number, count: number): void => {
    if (count > this.#inFlight) this.#isSound = false;
    if (!this.#isSound) return;
    let index = this.#measured.check.indexOf(high, low);
    if (Number.isNaN(index)) return;
    this.#measured.numbers += count;
    this.#inFlight -= count;
    for (let left = count; left > 0 && this.#oldest !== undefined; ) {
      const taken = Math.min(left, this.#oldest.count);
      this.#take(this.#oldest, index, taken);
      index += taken;
      left -= taken;
    }
  };

  #take(batch: Batch, index: number, count: number): void {
    const { check, latencies } = this.#measured;
    check.take(index, count, Math.max(batch.floor, this.#last));
    this.#last = index + count - 1;
    const { sinceMs, spacingMs } = batch;
    if (spacingMs === 0) latencies.record(this.#nowMs - sinceMs, count);
    else
      for (let left = 0; left < count; left++) {
        latencies.record(this.#nowMs - sinceMs - left * spacingMs, 1);
      }
    batch.count -= count;
    batch.sinceMs += count * spacingMs;
    if (batch.count > 0) return;
    this.#oldest = batch.next;
    if (this.#oldest === undefined) this.#newest = undefined;
  }
}
