/**
 * What to reserve next: from what is durable and what is demanded, how far, and where the counter's marks are
 * to lie once that is durable. Pure: whoever keeps the progress only carries it out.
 *
 * A window holds about a second's worth of the recent demand, so that half of it outlasts a flush and
 * no request waits for the disk in steady state; and little when the service is quiet, so that a
 * crash burns little.
 *
 * A burst out of quiet on a disk that is slow to flush would wait for one flush after the other, each for a window
 * that is a few times the last one. There the window grows at once to what twice the last flush needs at the burst's
 * own pace. The price: a crash in or after a burst of n numbers a second on a disk that takes f seconds burns up to
 * 2 n f of them. Where finer marks are set that price is not paid.
 *
 * Durable marks are whole highs. Where marks are finer (the setting mark-every) they lie where the window ends, so
 * that a crash of a quiet sequence burns no more than its window.
 */

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
import type { ProgressRecord } from './file/record.js';

/** A quiet service reserves one `high`, but never fewer numbers than a burst takes to wake us. */
const quietNumbersMin = 1024n;

/**
 * A window holds at most so many times what was handed out since the last reservation, however short
 * that time was: the demand counts as spread over a quarter of a window at least. In steady state half a
 * window lies between two reservations, so what is asked for in a moment is not taken for what goes
 * on for a second, and a demand that does go on still doubles the window with every reservation.
 */
const demandsPerWindowMax = 4;

/**
 * Near the end of a sequence no more than this part of what is left is reserved ahead: there a crash
 * would burn what no later number can make up for.
 */
const leftPerWindowMin = 32n;

/** Bounds what a crash can burn, whatever the demand looked like: 2^27 numbers. */
const windowNumbersMax = 1n << 27n;

/** Seconds of demand that a window holds, and how often a flush has to fit into it. */
export const windowMs = 1000;
const flushesPerWindow = 4;

/** Where marks are finer, so many windows a second are quiet: twice as many flushes at most. */
const quietWindowsPerSecond = 16n;

/** A flush that a burst would feel, and how long a look at its pace takes. */
const slowFlushMs = 20;
const lookPartOfFlush = 32;
const burstLookMsMax = 10;

/** So many flushes at its pace a burst's window holds: half of it outlasts one. */
const flushesPerBurst = 2;

/** How many windows ahead the ceiling lies: a window can grow by this factor from one to the next. */
const ceilingWindows = 16n;

/** Near the end the ceiling is nearer, since a crash that loses a slot burns all up to it. */
const leftPerReachMin = 8n;
const ceilingWindowsMin = 2n;

/** The last part of a window is for small claims only: see SharedCounter. */
const windowsPerReserve = 16n;

/** Where bounds lie: at multiples of 2^16, or anywhere. */
export type Marks = 'highs' | 'numbers';

/** What is durable, as far as a plan goes by it. */
export type Durable = Pick<ProgressRecord, 'reserved' | 'ceiling'>;

/** What is demanded at a moment. */
export interface Demand {
  /** Index of the number that comes next. */
  readonly cursor: bigint;
  /** So many more have to fit in any case. */
  readonly count: bigint;
  /** Numbers to keep reserved: see `nextWindow`. */
  readonly window: bigint;
  readonly marks: Marks;
}

/** What to make durable, and the counter's marks after that: see `SharedCounter.raise`. */
export interface Plan {
  /** Every number handed out before the next plan is below it; never above the durable ceiling. */
  readonly reserved: bigint;
  /** The most that the next plan may reserve. */
  readonly ceiling: bigint;
  /** Indexes. */
  readonly limit: bigint;
  readonly low: bigint;
  readonly rangeLimit: bigint;
}

/** Reserves at least half the window and `count` numbers, and about all of the window, up to the end. */
export function plan(durable: Durable, demand: Demand, progression: Progression): Plan {
  const { window } = demand;
  const wanted = smaller(wantedBound(demand, progression), endBound(progression));
  // What is reserved is never taken back, and may lie beyond the end of a progression that was shortened.
  const reserved = larger(smaller(wanted, durable.ceiling), durable.reserved);
  const ceiling = ceilingAfter(reserved, demand, progression);
  const limit = limitIndex(progression, reserved);
  // Near the end there is no more to ask for, and nothing to keep back.
  if (limit === endIndex(progression))
    return { reserved, ceiling, limit, low: limit, rangeLimit: limit };
  const low = larger(limit - window / 2n, 0n);
  return { reserved, ceiling, limit, low, rangeLimit: larger(limit - reserveOf(window), 0n) };
}

function wantedBound(demand: Demand, progression: Progression): bigint {
  const { cursor, count, window, marks } = demand;
  const ahead = larger(window / 2n, count + reserveOf(window));
  if (marks === 'numbers') return fineBound(cursor + larger(window, ahead), demand, progression);
  const least = boundAbove(numberAt(progression, cursor + ahead));
  return larger(least, floorToHigh(numberAt(progression, cursor + window)));
}

/** Just above the numbers below `index`. */
function fineBound(index: bigint, { count, window }: Demand, progression: Progression): bigint {
  if (index >= endIndex(progression)) return endBound(progression);
  const bound = numberAt(progression, index - 1n) + 1n;
  if (bound % numbersPerHigh !== 0n) return bound;
  // It would be taken for a high, behind which an instance goes on by `instance` higher, and burn that much more.
  return count === 1n && window > 1n ? bound - 1n : bound + 1n;
}

/** The ceiling of a record whose bound is `reserved`. */
export function ceilingAfter(
  reserved: bigint,
  { cursor, window, marks }: Pick<Demand, 'cursor' | 'window' | 'marks'>,
  progression: Progression,
): bigint {
  const reach = ceilingReach(window, numbersLeft(progression, cursor)) * progression.increment;
  const used = numberAt(progression, cursor);
  const fine = larger(reserved, used + 1n) + reach;
  const wanted =
    marks === 'highs' || fine > progression.max
      ? boundAbove(larger(reserved, boundAbove(used)) + reach - 1n)
      : fine;
  const ceiling = smaller(wanted, endBound(progression));
  // A bound may lie beyond the end of a progression that was shortened: never go below it.
  return larger(ceiling, reserved);
}

/** Numbers from this index to the end of the sequence. */
export function numbersLeft(progression: Progression, cursor: bigint): bigint {
  return larger(endIndex(progression) - cursor, 0n);
}

function floorToHigh(number: bigint): bigint {
  return (number / numbersPerHigh) * numbersPerHigh;
}

/** What the time since the last reservation tells of the next one. */
export interface Pace {
  /** Numbers handed out since the last reservation. */
  readonly consumed: bigint;
  /** Time since the last reservation. */
  readonly elapsedMs: number;
  /** How long the last reservation took to become durable. */
  readonly flushMs: number;
  /** The window of a service that nobody has asked: see `quietWindow`. */
  readonly quiet: bigint;
  /** Numbers a millisecond at this moment, where that was looked at: see `isSlow`. */
  readonly burstPerMs?: number;
}

export interface FinePace extends Pick<Pace, 'flushMs' | 'quiet'> {
  readonly perSecond: bigint;
}

/** Whether a disk flushes so slowly that a burst would feel it: then it is worth a look how fast numbers go. */
export function isSlow(flushMs: number): boolean {
  return flushMs >= slowFlushMs;
}

/** How long that look takes: a small part of the flush that is to come. */
export function burstLookMs(flushMs: number): number {
  return Math.min(flushMs / lookPartOfFlush, burstLookMsMax);
}

/** The numbers to keep reserved at this pace, at least as many as when it is quiet. */
export function nextWindow(pace: Pace): bigint {
  const durationMs = Math.max(windowMs, flushesPerWindow * pace.flushMs);
  const spreadMs = Math.max(pace.elapsedMs, durationMs / demandsPerWindowMax);
  const lasting = Number(pace.consumed) * (durationMs / spreadMs);
  const burst = (pace.burstPerMs ?? 0) * flushesPerBurst * pace.flushMs;
  const wanted = BigInt(Math.ceil(Math.max(lasting, burst)));
  return smaller(larger(wanted, pace.quiet), windowNumbersMax);
}

/**
 * The same where marks are finer. Short of a demand that half a quiet window cannot outlast a flush of, it stays quiet,
 * since a crash burns a window. `perSecond`: numbers handed out in about the last second.
 */
export function nextFineWindow({ perSecond, flushMs, quiet }: FinePace): bigint {
  const perFlush = (Number(perSecond) * flushMs) / windowMs;
  const isQuiet =
    perSecond <= quietWindowsPerSecond * quiet && perFlush * flushesPerWindow <= Number(quiet);
  return isQuiet ? quiet : nextWindow({ consumed: perSecond, elapsedMs: windowMs, flushMs, quiet });
}

/** The window, or the part of it that may be kept reserved where so many numbers are left at all. */
export function windowNearEnd(window: bigint, left: bigint, quiet: bigint): bigint {
  return smaller(window, larger(left / leftPerWindowMin, quiet));
}

/** The numbers between a reservation's bound and the ceiling for its successor. */
export function ceilingReach(window: bigint, left: bigint): bigint {
  const nearEnd = larger(left / leftPerReachMin, ceilingWindowsMin * window);
  return smaller(ceilingWindows * window, nearEnd);
}

/** How much of a window large claims leave to small ones. */
export function reserveOf(window: bigint): bigint {
  return window / windowsPerReserve;
}

/** The smallest window into which a claim of `count` fits beside what it leaves to small ones. */
export function leastWindowFor(count: bigint): bigint {
  return count + count / (windowsPerReserve - 1n) + 1n;
}

/** `markEvery`: how many numbers a crash of a quiet sequence may burn. */
export function marksAt(markEvery: bigint): Marks {
  return markEvery < numbersPerHigh ? 'numbers' : 'highs';
}

/** The window of a service that nobody has asked yet. */
export function quietWindow(increment: bigint, markEvery = numbersPerHigh): bigint {
  return smaller(larger(numbersPerHigh / increment, quietNumbersMin), markEvery);
}
