import { failure } from '../errors.js';
import { endIndex, numberAt, type Progression } from '../sequence/progression.js';

/** Refuses a position at which no number is left. */
export function refuseEnd(progression: Progression, index: bigint): void {
  if (index < endIndex(progression)) return;
  const next = numberAt(progression, index);
  const what = `The sequence is at its end: the next number would be ${next}, max is ${progression.max}`;
  throw failure('sequence-end', what, 'raise max, or choose a lower number');
}
