/**
 * How far ahead to reserve. Pure.
 *
 * A window holds about a second's worth of the recent demand, so that half of it outlasts a flush and
 * no request waits for the disk in steady state; and little when the service is quiet, so that a
 * crash burns little.
 */

import { larger, smaller } from '../sequence/order.js';
import { numbersPerHigh } from '../sequence/progression.js';

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
const windowMs = 1000;
const flushesPerWindow = 4;

/** How many windows ahead the ceiling lies: a window can grow by this factor from one to the next. */
const ceilingWindows = 16n;

/** Near the end the ceiling is nearer, since a crash that loses a slot burns all up to it. */
const leftPerReachMin = 8n;
const ceilingWindowsMin = 2n;

/** The last part of a window is for small claims only: see SharedCounter. */
const windowsPerReserve = 16n;

export interface Demand {
  /** Numbers handed out since the last reservation. */
  readonly consumed: bigint;
  /** Time since the last reservation. */
  readonly elapsedMs: number;
  /** How long the last reservation took to become durable. */
  readonly flushMs: number;
  readonly increment: bigint;
}

/** The numbers to keep reserved after this demand, at least one `high`'s. */
export function nextWindow(demand: Demand): bigint {
  const durationMs = Math.max(windowMs, flushesPerWindow * demand.flushMs);
  const spreadMs = Math.max(demand.elapsedMs, durationMs / demandsPerWindowMax);
  const wanted = BigInt(Math.ceil(Number(demand.consumed) * (durationMs / spreadMs)));
  return smaller(larger(wanted, quietWindow(demand.increment)), windowNumbersMax);
}

/** The window, or the part of it that may be kept reserved where so many numbers are left at all. */
export function windowNearEnd(window: bigint, left: bigint, increment: bigint): bigint {
  return smaller(window, larger(left / leftPerWindowMin, quietWindow(increment)));
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

/** The window of a service that nobody has asked yet. */
export function quietWindow(increment: bigint): bigint {
  return larger(numbersPerHigh / increment, quietNumbersMin);
}
