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
  endIndex,
  limitIndex,
  numberAt,
  numbersPerHigh,
  type Progression,
} from '../sequence/progression.js';
import type { Parameters, ProgressRecord } from './file/record.js';
import {
  ceilingReach,
  leastWindowFor,
  nextWindow,
  quietWindow,
  reserveOf,
  windowNearEnd,
} from './window.js';

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
  /** Every number handed out so far is below it; a multiple of 2^16. */
  readonly bound: bigint;
  /** Whether the counter's cursor is the exact next number. */
  readonly isExact: boolean;
  /** Monotonic time in milliseconds. */
  readonly clock: () => number;
}

interface Look {
  readonly cursor: bigint;
  readonly atMs: number;
}

export class Reservation {
  readonly #options: ReservationOptions;
  #last: Look;
  #flushMs = 0;
  #window: bigint;
  #saved: ReservationOptions['saved'];

  constructor(options: ReservationOptions) {
    this.#options = options;
    this.#saved = options.saved;
    this.#last = this.#look();
    this.#window = quietWindow(options.progression.increment);
  }

  /**
   * The two first writes of an owner: its name with an untouched position, then a fresh reservation.
   * Two, because what was read may exist only in the page cache of a flush that failed: after them
   * both slots are known to be on the disk and above everything used.
   */
  *open(): Saving {
    const { counter, bound, isExact } = this.#options;
    const window = this.#window;
    // Above the bound at the end too, where it stops nothing: a clean record whose successor is lost
    // would count as exact, were there no more to reserve.
    const ceiling = larger(this.#ceilingAfter(bound, window), bound + numbersPerHigh);
    yield* this.#save(bound, ceiling, isExact);
    yield* this.#reserve(this.#boundFor(counter.cursor(), window, 1n), window);
  }

  /** Reserves ahead of the demand, and in any case so much that `count` more numbers fit. */
  *extend(count = 1n): Saving {
    const { counter, progression } = this.#options;
    const now = this.#look();
    const demand = {
      consumed: now.cursor - this.#last.cursor,
      elapsedMs: now.atMs - this.#last.atMs,
      flushMs: this.#flushMs,
      increment: progression.increment,
    };
    this.#last = now;
    const ahead = larger(nextWindow(demand), 2n * count);
    const nearEnd = windowNearEnd(ahead, this.#left(), progression.increment);
    const window = larger(nearEnd, leastWindowFor(count));
    this.#window = window;
    const bound = this.#boundFor(counter.cursor(), window, count);
    yield* this.#reserve(bound, window);
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

  *#reserve(wanted: bigint, window: bigint): Saving {
    const { counter, progression, clock } = this.#options;
    const { reserved, ceiling, clean } = this.#saved;
    const bound = larger(smaller(wanted, ceiling), reserved);
    if (bound > reserved || clean) {
      const startMs = clock();
      yield* this.#save(bound, this.#ceilingAfter(bound, window), false);
      this.#flushMs = clock() - startMs;
    }
    const limit = limitIndex(progression, this.#saved.reserved);
    const isEnd = limit === endIndex(progression);
    if (isEnd) counter.raise(limit, limit);
    else
      counter.raise(limit, larger(limit - window / 2n, 0n), larger(limit - reserveOf(window), 0n));
  }

  *#save(reserved: bigint, ceiling: bigint, clean: boolean): Saving {
    const { progression, counter, parameters } = this.#options;
    const next = numberAt(progression, counter.cursor());
    const progress = { next, reserved, ceiling, clean, parameters };
    yield progress;
    this.#saved = progress;
  }

  /** The bound that leaves at least half the window reserved, and `count` in any case; and about all of it. */
  #boundFor(cursor: bigint, window: bigint, count: bigint): bigint {
    const { progression } = this.#options;
    const ahead = larger(window / 2n, count + reserveOf(window));
    const least = boundAbove(numberAt(progression, cursor + ahead));
    const whole = floorToHigh(numberAt(progression, cursor + window));
    const bound = larger(larger(least, whole), this.#saved.reserved);
    return this.#atMostEnd(bound);
  }

  #ceilingAfter(bound: bigint, window: bigint): bigint {
    const { progression, counter } = this.#options;
    const reach = ceilingReach(window, this.#left()) * progression.increment;
    const cursorBound = boundAbove(numberAt(progression, counter.cursor()));
    const ceiling = boundAbove(larger(bound, cursorBound) + reach - 1n);
    // A bound may lie beyond the end of a progression that was shortened: never go below it.
    return larger(this.#atMostEnd(ceiling), bound);
  }

  /** Numbers up to the end of the sequence. */
  #left(): bigint {
    const { counter, progression } = this.#options;
    return larger(endIndex(progression) - counter.cursor(), 0n);
  }

  #atMostEnd(bound: bigint): bigint {
    return smaller(bound, endBound(this.#options.progression));
  }

  #look(): Look {
    return { cursor: this.#options.counter.cursor(), atMs: this.#options.clock() };
  }
}

function floorToHigh(number: bigint): bigint {
  return (number / numbersPerHigh) * numbersPerHigh;
}
