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

/** Bounds what a crash can burn, whatever the demand looked like: 2^27 numbers. */
const windowNumbersMax = 1n << 27n;

/** Seconds of demand that a window holds, and how often a flush has to fit into it. */
const windowMs = 1000;
const flushesPerWindow = 4;

/** How many windows ahead the ceiling lies: a window can grow by this factor from one to the next. */
export const ceilingWindows = 16n;

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
  const perMs = Number(demand.consumed) / Math.max(demand.elapsedMs, 1);
  const wanted = BigInt(Math.ceil(perMs * durationMs));
  return smaller(larger(wanted, quietWindow(demand.increment)), windowNumbersMax);
}

/** The window of a service that nobody has asked yet. */
export function quietWindow(increment: bigint): bigint {
  return larger(numbersPerHigh / increment, quietNumbersMin);
}
