/**
 * Durable reservations: what the counter may hand out, made durable before it may. Nothing here knows how: each of
 * the protocols says what is to be saved, and goes on once it is.
 *
 * Invariant: the counter's limit never covers a number at or above the newest durable record's
 * `reserved`, and no record's `reserved` is above its predecessor's `ceiling`.
 */

import type { SharedCounter } from '../sequence/counter.js';
import { larger, smaller } from '../sequence/order.js';
import {
  boundAbove,
  endBound,
  numberAt,
  numbersPerHigh,
  type Progression,
} from '../sequence/progression.js';
import type { Parameters, ProgressRecord } from './file/record.js';
import {
  burstLookMs,
  ceilingAfter,
  isSlow,
  leastWindowFor,
  type Marks,
  marksAt,
  nextFineWindow,
  nextWindow,
  numbersLeft,
  type Plan,
  plan,
  quietWindow,
  windowMs,
  windowNearEnd,
} from './plan.js';

/** How far the numbers are, to be made durable. What else a record says is known to whoever writes it. */
export type Progress = Pick<
  ProgressRecord,
  'next' | 'reserved' | 'ceiling' | 'clean' | 'parameters'
>;

/** What is to be saved, one after the other: whoever asks for the next one has made the last one durable. */
export type Saving = Generator<Progress, void, void>;

export interface ReservationOptions {
  /** What is durable now. */
  readonly saved: Pick<Progress, 'reserved' | 'ceiling' | 'clean'>;
  readonly parameters: Parameters;
  readonly progression: Progression;
  /** Its cursor is where the numbers go on. */
  readonly counter: SharedCounter;
  /** Every number handed out so far is below it. */
  readonly bound: bigint;
  /** Whether the counter's cursor is the exact next number. */
  readonly isExact: boolean;
  /** How many numbers a crash of a quiet sequence may burn, 1 to 2^16. */
  readonly markEvery: bigint;
  /** Monotonic time in milliseconds. */
  readonly clock: () => number;
}

interface Look {
  readonly cursor: bigint;
  readonly atMs: number;
}

export class Reservation {
  readonly #options: ReservationOptions;
  /** Where marks are whole highs, at the last reservation; else where the second began that is counted now. */
  #last: Look;
  /** Numbers of the last second that was counted. */
  #perSecond = 0n;
  /** When a burst was first looked at. */
  #burst: Look | undefined;
  #flushMs = 0;
  readonly #quiet: bigint;
  readonly #marks: Marks;
  #window: bigint;
  #saved: ReservationOptions['saved'];
  #opened: Plan | undefined;

  constructor(options: ReservationOptions) {
    this.#options = options;
    this.#saved = options.saved;
    this.#last = this.#look();
    this.#marks = marksAt(options.markEvery);
    this.#quiet = quietWindow(options.progression.increment, options.markEvery);
    this.#window = this.#quiet;
  }

  /**
   * The two first writes of an owner: its name with an untouched position, then a fresh reservation.
   * Two, because what was read may exist only in the page cache of a flush that failed: after them
   * both slots are known to be on the disk and above everything used. Nothing can be claimed before `begin`.
   */
  *open(): Saving {
    const { counter, isExact, progression } = this.#options;
    const cursor = counter.cursor();
    const window = this.#window;
    const marks = this.#marks;
    const bound = this.#firstBound(numberAt(progression, cursor));
    const ceiling = ceilingAfter(bound, { cursor, window, marks }, progression);
    // Above the bound at the end too, where it stops nothing: a clean record whose successor is lost
    // would count as exact, were there no more to reserve.
    const leastCeiling = bound + (marks === 'highs' ? numbersPerHigh : 1n);
    yield* this.#save(bound, larger(ceiling, leastCeiling), isExact);
    this.#opened = yield* this.#saveNext(1n);
  }

  /** Lets what `open` made durable be claimed. */
  begin(): void {
    if (this.#opened !== undefined) this.#raise(this.#opened);
    this.#opened = undefined;
  }

  /** Where the position is exact all that was reserved beyond it is given up, down to a mark. */
  #firstBound(next: bigint): bigint {
    const { bound, isExact } = this.#options;
    return isExact && this.#marks === 'numbers' ? smaller(bound, next) : bound;
  }

  /** Reserves ahead of the demand, and in any case so much that `count` more numbers fit. */
  *extend(count = 1n): Saving {
    const now = this.#look();
    const atThisPace =
      this.#marks === 'highs' ? this.#windowAtThisPace(now) : this.#fineWindowAtThisPace(now);
    // A single number fits into any window.
    const wanted = count === 1n ? atThisPace : larger(atThisPace, 2n * count);
    const left = numbersLeft(this.#options.progression, now.cursor);
    const nearEnd = windowNearEnd(wanted, left, this.#quiet);
    this.#window = count === 1n ? nearEnd : larger(nearEnd, leastWindowFor(count));
    yield* this.#reserve(count);
  }

  #windowAtThisPace(now: Look): bigint {
    const consumed = now.cursor - this.#last.cursor;
    const elapsedMs = now.atMs - this.#last.atMs;
    this.#last = now;
    const burstPerMs = this.#takeBurst(now);
    return nextWindow({
      consumed,
      elapsedMs,
      flushMs: this.#flushMs,
      quiet: this.#quiet,
      burstPerMs,
    });
  }

  /** Of a second or more: a quiet window may be used up in no time, and it is quiet all the same. */
  #fineWindowAtThisPace(now: Look): bigint {
    const elapsedMs = now.atMs - this.#last.atMs;
    const consumed = now.cursor - this.#last.cursor;
    const isWhole = elapsedMs >= windowMs;
    const pace = isWhole ? BigInt(Math.ceil((Number(consumed) * windowMs) / elapsedMs)) : consumed;
    const perSecond = isWhole ? pace : larger(pace, this.#perSecond);
    if (isWhole) {
      this.#perSecond = pace;
      this.#last = now;
    }
    return nextFineWindow({ perSecond, flushMs: this.#flushMs, quiet: this.#quiet });
  }

  /**
   * On a disk that is slow to flush: looks how fast numbers go, and says for how many milliseconds to wait before
   * `extend` looks again. 0 where there is nothing to wait for, and where marks are finer: a burst is not to burn more.
   */
  lookAtBurst(): number {
    if (this.#marks === 'numbers' || !isSlow(this.#flushMs)) return 0;
    this.#burst = this.#look();
    return burstLookMs(this.#flushMs);
  }

  #takeBurst(now: Look): number {
    const first = this.#burst;
    this.#burst = undefined;
    if (first === undefined || now.atMs <= first.atMs) return 0;
    return Number(now.cursor - first.cursor) / (now.atMs - first.atMs);
  }

  /**
   * Saves the exact position, with nothing left that a successor could have reserved. What is reserved
   * and not handed out is given up: a crash of the next owner, however quiet, would burn it otherwise.
   */
  *close(): Saving {
    const { counter, progression } = this.#options;
    const next = numberAt(progression, counter.cursor());
    const bound = smaller(this.#saved.reserved, boundAbove(next));
    yield* this.#save(bound, bound, true);
  }

  /** How many numbers the last reservation was to hold. */
  get window(): bigint {
    return this.#window;
  }

  /** Whether all numbers up to the end of the progression are reserved. */
  isComplete(): boolean {
    return this.#saved.reserved >= endBound(this.#options.progression);
  }

  *#reserve(count: bigint): Saving {
    this.#raise(yield* this.#saveNext(count));
  }

  #raise({ limit, low, rangeLimit }: Plan): void {
    this.#options.counter.raise(limit, low, rangeLimit);
  }

  /** What is durable then. */
  *#saveNext(count: bigint): Generator<Progress, Plan, void> {
    const { counter, progression, clock } = this.#options;
    const { reserved, clean } = this.#saved;
    const demand = { cursor: counter.cursor(), count, window: this.#window, marks: this.#marks };
    const next = plan(this.#saved, demand, progression);
    if (next.reserved > reserved || clean) {
      const startMs = clock();
      yield* this.#save(next.reserved, next.ceiling, false);
      this.#flushMs = clock() - startMs;
    }
    return next;
  }

  *#save(reserved: bigint, ceiling: bigint, clean: boolean): Saving {
    const { progression, counter, parameters } = this.#options;
    const next = numberAt(progression, counter.cursor());
    const progress = { next, reserved, ceiling, clean, parameters };
    yield progress;
    this.#saved = progress;
  }

  #look(): Look {
    return { cursor: this.#options.counter.cursor(), atMs: this.#options.clock() };
  }
}
