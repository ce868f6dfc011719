/** What a progress file's bytes say, and the words for a file that cannot be used. */

import { failure, type TxnidError } from '../errors.js';
import { type Choice, type Choosing, chooseSlot } from './choice.js';
import { progressFileBytes } from './disk.js';
import { decodeSlot, slotBytes } from './record.js';

/** Chooses the record of a whole file; a file of any other size is unusable. Pure. */
export function chooseRecord(bytes: Uint8Array): Choosing {
  if (bytes.length === 0) return { unusable: 'is empty' };
  if (bytes.length < progressFileBytes) return { unusable: 'is truncated' };
  if (bytes.length > progressFileBytes) {
    return { unusable: `is larger than the ${progressFileBytes} bytes of a progress file` };
  }
  return chooseSlot(
    decodeSlot(bytes.subarray(0, slotBytes)),
    decodeSlot(bytes.subarray(slotBytes)),
  );
}

/** The way out of every progress file that cannot be trusted. */
const wayOut =
  'put back the right file, or run "txnid advance N" with an N above every number handed out so far';

/** A `state` error about the progress file at `path`; `what` is "is empty" or the like. */
export function unusable(path: string, what: string): TxnidError {
  return failure('state', `Cannot use the progress file: ${path} ${what}`, wayOut);
}

/** The same for something in its place that is not a file of its own. */
export function misplaced(path: string, what: string, cause?: unknown): TxnidError {
  const remedy = `move it away, then ${wayOut}`;
  return failure('state', `Cannot use the progress file: ${path} ${what}`, remedy, { cause });
}

/** The error for a file that is gone while the trail is not: a first start would begin again. */
export function missing(path: string): TxnidError {
  return unusable(path, 'is missing, although the audit trail knows of it');
}

/**
 * What is wrong with a record that is older than the trail, if it is: each event names the generation of a record that
 * was durable before it, so a lower one is a copy from before that event. A record that has lost its neighbour may also
 * have lost its successor, which the trail then knows of; its position takes that into account.
 */
export function olderThanTrail(choice: Choice, trailGeneration: number | undefined) {
  const { generation } = choice.record;
  const newest = choice.isNeighbourIntact ? generation : generation + 1;
  if (trailGeneration === undefined || newest >= trailGeneration) return undefined;
  return `is an older copy: its generation is ${generation}, the audit trail knows ${trailGeneration}`;
}
