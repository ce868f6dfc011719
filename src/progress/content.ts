/** What a progress file's bytes say. Pure. */

import { type Choice, type Choosing, chooseSlot } from './choice.js';
import { progressFileBytes } from './disk.js';
import { decodeSlot, slotBytes } from './record.js';

/** Chooses the record of a whole file; a file of any other size is unusable. */
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
