/**
 * Durable reservations: what the counter may hand out, made durable before it may.
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
import type { DiskProtocol } from './file/disk.js';
import type { ProgressFile } from './file/file.js';
import type { Owner, Parameters } from './file/record.js';
import {
  ceilingReach,
  leastWindowFor,
  nextWindow,
  quietWindow,
  reserveOf,
  windowNearEnd,
} from './window.js';

/** What every record of one owner has in common. */
interface Ownership {
  readonly owner: Owner;
  /** When this owner started, ISO 8601. */
  readonly since: string;
  readonly parameters: Parameters;
}

export interface ReservationOptions {
  readonly file: ProgressFile;
  readonly progression: Progression;
  /** Its cursor is where the numbers go on. */
  readonly counter: SharedCounter;
  /** Every number handed out so far is below it; a multiple of 2^16. */
  readonly bound: bigint;
  /** Whether the counter's cursor is the exact next number. */
  readonly isExact: boolean;
  readonly ownership: Ownership;
  /** Monotonic time in milliseconds. */
  readonly clock: () => number;
}

interface Mark {
  readonly cursor: bigint;
  readonly atMs: number;
}

export class Reservation {
  readonly #options: ReservationOptions;
  #last: Mark;
  #flushMs = 0;
  #window: bigint;

  constructor(options: ReservationOptions) {
    this.#options = options;
    this.#last = this.#mark();
    this.#window = quietWindow(options.progression.increment);
  }

  /**
   * The two first writes of an owner: its name with an untouched position, then a fresh reservation.
   * Two, because what was read may exist only in the page cache of a flush that failed: after them
   * both slots are known to be on the disk and above everything used.
   */
  *open(): DiskProtocol<void> {
    const { counter, bound, isExact } = this.#options;
    const window = this.#window;
    // Above the bound at the end too, where it stops nothing: a clean record whose successor is lost
    // would count as exact, were there no more to reserve.
    const ceiling = larger(this.#ceilingAfter(bound, window), bound + numbersPerHigh);
    yield* this.#write(bound, ceiling, isExact);
    yield* this.#reserve(this.#boundFor(counter.cursor(), window, 1n), window);
  }

  /** Reserves ahead of the demand, and in any case so much that `count` more numbers fit. */
  *extend(count = 1n): DiskProtocol<void> {
    const { counter, progression } = this.#options;
    const now = this.#mark();
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
  *close(): DiskProtocol<void> {
    const { counter, progression } = this.#options;
    const next = numberAt(progression, counter.cursor());
    const bound = smaller(this.#record.reserved, boundAbove(next));
    yield* this.#write(bound, bound, true);
  }

  /** How many numbers the last reservation was to hold. */
  get window(): bigint {
    return this.#window;
  }

  /** Whether all numbers up to the end of the progression are reserved. */
  isComplete(): boolean {
    return this.#record.reserved >= endBound(this.#options.progression);
  }

  *#reserve(wanted: bigint, window: bigint): DiskProtocol<void> {
    const { counter, progression, clock } = this.#options;
    const { reserved, ceiling, clean } = this.#record;
    const bound = larger(smaller(wanted, ceiling), reserved);
    if (bound > reserved || clean) {
      const startMs = clock();
      yield* this.#write(bound, this.#ceilingAfter(bound, window), false);
      this.#flushMs = clock() - startMs;
    }
    const limit = limitIndex(progression, this.#record.reserved);
    const isEnd = limit === endIndex(progression);
    if (isEnd) counter.raise(limit, limit);
    else
      counter.raise(limit, larger(limit - window / 2n, 0n), larger(limit - reserveOf(window), 0n));
  }

  *#write(reserved: bigint, ceiling: bigint, clean: boolean): DiskProtocol<void> {
    const { file, progression, counter, ownership } = this.#options;
    const next = numberAt(progression, counter.cursor());
    yield* file.write({ ...ownership, next, reserved, ceiling, clean });
  }

  /** The bound that leaves at least half the window reserved, and `count` in any case; and about all of it. */
  #boundFor(cursor: bigint, window: bigint, count: bigint): bigint {
    const { progression } = this.#options;
    const ahead = larger(window / 2n, count + reserveOf(window));
    const least = boundAbove(numberAt(progression, cursor + ahead));
    const whole = floorToHigh(numberAt(progression, cursor + window));
    const bound = larger(larger(least, whole), this.#record.reserved);
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

  get #record() {
    return this.#options.file.record;
  }

  #mark(): Mark {
    return { cursor: this.#options.counter.cursor(), atMs: this.#options.clock() };
  }
}

function floorToHigh(number: bigint): bigint {
  return (number / numbersPerHigh) * numbersPerHigh;
}
