/** Numbers that a command is given, and positions that it leads to. */

import { failure } from '../errors.js';
import { endIndex, numberAt, numberMax, type Progression } from '../sequence/progression.js';

/** The number that an argument gives; `deed`: what is to be done with it, such as `advance to`. */
export function numberArgument(deed: string, text: string): bigint {
  const number = /^(?:0|[1-9]\d{0,19})$/.test(text) ? BigInt(text) : undefined;
  if (number !== undefined && number <= numberMax) return number;
  const what = `Cannot ${deed} ${JSON.stringify(text)}`;
  throw failure('command-line', what, `give a whole number from 0 to ${numberMax}`);
}

/** Refuses a position at which no number is left. */
export function refuseEnd(progression: Progression, index: bigint): void {
  if (index < endIndex(progression)) return;
  const next = numberAt(progression, index);
  const what = `The sequence is at its end: the next number would be ${next}, max is ${progression.max}`;
  throw failure('sequence-end', what, 'raise max, or choose a lower number');
}
