/** Numbers that a command is given. */

import { failure } from '../errors.js';
import { numberMax } from '../sequence/progression.js';

/** The number that an argument gives; `deed`: what is to be done with it, such as `advance to`. */
export function numberArgument(deed: string, text: string): bigint {
  const number = /^(?:0|[1-9]\d{0,19})$/.test(text) ? BigInt(text) : undefined;
  if (number !== undefined && number <= numberMax) return number;
  const what = `Cannot ${deed} ${JSON.stringify(text)}`;
  throw failure('command-line', what, `give a whole number from 0 to ${numberMax}`);
}

/** What helps where a position was asked for at which no number is left. */
export const raiseOrLower = 'raise max, or choose a lower number';
