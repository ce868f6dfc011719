/**
 * Whether the numbers that came, over all connections, keep the promise: each comes once, all are of
 * one progression, and a request that was sent after a number had come gets a larger one.
 *
 * The last rule is what bounds the memory. A request knows its floor, the highest number that had come
 * when it was sent. No number at or below the lowest floor of all requests in flight may come any
 * more, so what lies there can be forgotten: a repetition of it would show as out of order.
 *
 * Numbers are told by their index: how many steps they are above a number that was handed out before.
 * Pure.
 */

import { numberMax } from '../sequence/progression.js';
import { lowDigits } from './reply-scanner.js';

/** Gaps that may be open before what no request can reach any more is forgotten. */
const gapsBeforeForgetting = 4096;

/** Gaps that are kept at most, 16 bytes each; more means that a request waits for ages. */
const gapsMax = 4_000_000;

const lowScale = 10 ** lowDigits;
/** Distances up to here are exact. */
const highDistanceMax = Math.floor(Number.MAX_SAFE_INTEGER / lowScale) - 1;
const largest = {
  high: Number(numberMax / 1_000_000_000n),
  low: Number(numberMax % 1_000_000_000n),
};

export interface CheckOptions {
  /** A number that was handed out before any request is sent. */
  readonly after: bigint;
  /** Distance of two numbers of the progression. */
  readonly step: number;
}

export class NumberCheck {
  readonly #received = new ReceivedRuns();
  readonly #after: bigint;
  readonly #afterHigh: number;
  readonly #afterLow: number;
  readonly #step: number;
  #highest = 0;
  #violation: string | undefined;
  #gapsToForget = gapsBeforeForgetting;

  constructor({ after, step }: CheckOptions) {
    this.#after = after;
    this.#afterHigh = Number(after / BigInt(lowScale));
    this.#afterLow = Number(after % BigInt(lowScale));
    this.#step = step;
    this.#received.add(0, 0);
  }

  /** The first thing that was wrong: a clause that tells which number, and how. */
  get violation(): string | undefined {
    return this.#violation;
  }

  /** Index of the highest number that has come: the floor of a request that is sent now. */
  get highest(): number {
    return this.#highest;
  }

  get gaps(): number {
    return this.#received.runs - 1;
  }

  /** Index of a number, told as its digits above the last nine, and those; NaN for one that is wrong. */
  indexOf(high: number, low: number): number {
    const distance = (high - this.#afterHigh) * lowScale + low - this.#afterLow;
    const index = distance / this.#step;
    if (!Number.isInteger(index)) return this.#refuse(high, low, 'is not of the progression');
    if (Math.abs(high - this.#afterHigh) > highDistanceMax) {
      return this.#refuse(high, low, 'is too far from the others to be checked');
    }
    const isTooLarge = high > largest.high || (high === largest.high && low > largest.low);
    return isTooLarge ? this.#refuse(high, low, 'is larger than any may be') : index;
  }

  /** Takes `count` numbers from an index on that answer requests, all with the same floor. */
  take(first: number, count: number, floor: number): void {
    const last = first + count - 1;
    const twice = this.#received.add(first, last);
    if (twice !== undefined) this.#fail(`${this.numberAt(twice)} was handed out twice`);
    else if (first <= floor) this.#fail(this.#outOfOrder(first, floor));
    if (last > this.#highest) this.#highest = last;
  }

  /** Forgets what can be, when it is much. `lowestFloor`: of all requests in flight. */
  tidy(lowestFloor: () => number): void {
    if (this.gaps < this.#gapsToForget) return;
    this.#received.forget(lowestFloor());
    // What is left cannot be forgotten soon: looking for it each time would take all the time.
    this.#gapsToForget = Math.max(gapsBeforeForgetting, this.gaps * 2);
    if (this.gaps > gapsMax) this.#fail(`one request waits while ${this.gaps} gaps were left open`);
  }

  numberAt(index: number): bigint {
    return this.#after + BigInt(index) * BigInt(this.#step);
  }

  #outOfOrder(index: number, floor: number): string {
    const later = `a request that was sent after ${this.numberAt(floor)} had come`;
    return `${this.numberAt(index)} came for ${later}`;
  }

  #refuse(high: number, low: number, how: string): number {
    const number = BigInt(high) * BigInt(lowScale) + BigInt(low);
    this.#fail(`${number} ${how} (${this.#after}, and others ${this.#step} apart)`);
    return Number.NaN;
  }

  #fail(what: string): void {
    this.#violation ??= what;
  }
}

/**
 * Which numbers have come, as runs of neighbours, told by their indexes in the progression. Runs that
 * touch become one, so what is kept grows with the gaps between them and not with the numbers: a gap
 * is a number in flight, or one that another client got.
 */
export class ReceivedRuns {
  /** Of each run, in order. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  get runs(): number {
    return this.#firsts.length;
  }

  /** Adds `first` to `last`, unless one of them was there: then returns that one. */
  add(first: number, last: number): number | undefined {
    const place = this.#placeOf(first);
    const before = this.#lasts[place - 1] ?? Number.NEGATIVE_INFINITY;
    const after = this.#firsts[place] ?? Number.POSITIVE_INFINITY;
    if (before >= first) return first;
    if (after <= last) return after;
    this.#join(place, first, last, before === first - 1, after === last + 1);
    return undefined;
  }

  /** Drops the runs that end at or below `index`. */
  forget(index: number): void {
    const place = this.#placeOf(index);
    const isWhole = (this.#lasts[place - 1] ?? Number.NEGATIVE_INFINITY) <= index;
    const count = isWhole ? place : Math.max(place - 1, 0);
    this.#firsts.splice(0, count);
    this.#lasts.splice(0, count);
  }

  #join(place: number, first: number, last: number, joinsBefore: boolean, joinsAfter: boolean) {
    if (joinsBefore && joinsAfter) {
      this.#firsts.splice(place, 1);
      this.#lasts.splice(place - 1, 1);
    } else if (joinsBefore) this.#lasts[place - 1] = last;
    else if (joinsAfter) this.#firsts[place] = first;
    else {
      this.#firsts.splice(place, 0, first);
      this.#lasts.splice(place, 0, last);
    }
  }

  /** How many runs begin at or below `index`. */
  #placeOf(index: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
