/** Whether the numbers of an instance are exact in every client of the Redis port. */

import { failure } from '../errors.js';
import { exactMax } from '../sequence/progression.js';
import type { SettingsValues } from '../settings/table.js';

/** Throws a `settings` error where there is a Redis port and the next number is one that its clients round. */
export function refuseInexactNumbers(
  values: SettingsValues,
  next: bigint,
  sequence?: string,
): void {
  if (values['redis-port'] === 0 || next <= exactMax) return;
  const whose = sequence === undefined ? '' : ` of the sequence ${sequence}`;
  const what = `Cannot serve clients of Redis: the next number${whose} is ${next}, above 2^53-1, and they round such a number without a word`;
  const remedy =
    'set redis-port to 0 (and run "txnid accept"); the other ports hand out all 64 bits';
  throw failure('settings', what, remedy);
}
