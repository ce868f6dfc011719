/**
 * The arithmetic of one instance's numbers, see ARCHITECTURE.md, "The sequence": number k is
 * `instance + k * increment`, one arithmetic progression for ever. Positions are indexes (k), bounds
 * are numbers. `high` is a number's upper 48 bits; what is made durable is a mark in units of `high`,
 * here written as the bound `mark << 16` that every handed-out number lies below, or, where marks are set finer,
 * a bound that is no multiple of 2^16.
 *
 * Pure. Everything is a bigint: numbers over 2^53 are ordinary ones.
 */

import { smaller } from './order.js';

export interface Progression {
  /** Number 0 of the progression, 0 to 32767. */
  readonly instance: bigint;
  /** Distance of two numbers, 1 to 32767. */
  readonly increment: bigint;
  /** Largest number that may be handed out, at most `numberMax`. */
  readonly max: bigint;
}

/** 2^64 - 1 is never handed out: every bound beyond a number still fits 64 bits. */
export const numberMax = 2n ** 64n - 2n;

/** The largest number that who keeps it as a double, as JavaScript does, keeps exactly. */
export const exactMax = 2n ** 53n - 1n;

/** Numbers that share one `high`: 2^16. */
export const numbersPerHigh = 1n << 16n;

/** The number with this index. */
export function numberAt(progression: Progression, index: bigint): bigint {
  return progression.instance + index * progression.increment;
}

/** Index of the smallest number of the progression that is at least `number`. */
export function indexAtOrAbove(progression: Progression, number: bigint): bigint {
  const distance = number - progression.instance;
  if (distance <= 0n) return 0n;
  return (distance + progression.increment - 1n) / progression.increment;
}

/** How many numbers the progression has: the first index that must never be handed out. */
export function endIndex(progression: Progression): bigint {
  return indexAtOrAbove(progression, progression.max + 1n);
}

/** First index that a durable bound does not cover: all indexes below it may be handed out. */
export function limitIndex(progression: Progression, bound: bigint): bigint {
  return smaller(indexAtOrAbove(progression, bound), endIndex(progression));
}

/** The smallest bound (a multiple of 2^16) above `number`, i.e. a mark above the number's `high`. */
export function boundAbove(number: bigint): bigint {
  return (number / numbersPerHigh + 1n) * numbersPerHigh;
}

/** The smallest bound at or above `number`. */
export function boundAtOrAbove(number: bigint): bigint {
  return ((number + numbersPerHigh - 1n) / numbersPerHigh) * numbersPerHigh;
}

/** The bound that covers the whole progression: no reservation goes beyond it. */
export function endBound(progression: Progression): bigint {
  return boundAbove(progression.max);
}

/**
 * Where to go on when all that is known is the bound: the smallest number of the progression that is
 * at least `(saved high << 16) + instance`, or at least a bound that is finer. It stays on the progression, so
 * instances never meet.
 */
export function resumeIndex(progression: Progression, bound: bigint): bigint {
  const isHigh = bound % numbersPerHigh === 0n;
  return indexAtOrAbove(progression, isHigh ? bound + progression.instance : bound);
}
