/**
 * What is still known of the position where the progress file cannot be used. Pure.
 *
 * Every record that is intact counts, whatever is wrong with the size of the file or with the other
 * slot. What may have been handed out under it is below its `reserved` if its neighbour is intact and
 * the trail knows of no later record; else below its `ceiling`, for its successor may be lost (choice.ts).
 */

import { larger } from '../sequence/order.js';
import { chooseSlot, type SlotIndex } from './file/choice.js';
import { newestRecord, slotsIn } from './file/content.js';
import type { Parameters, ProgressRecord, Slot } from './file/record.js';
import type { AuditEvent } from './trail/event.js';
import { floorOf } from './trail/knowledge.js';

export interface Knowledge {
  /** The highest generation of a record; 0 where there was none. */
  readonly generation: number;
  /** The lowest number that may be free. */
  readonly number: bigint;
  /** Those of the newest record or event; undefined where there is none. */
  readonly parameters: Parameters | undefined;
  /** The slot that knows most: as long as it is there, the other one can be written over. */
  readonly slot: SlotIndex;
}

/** `events`: the trail's last ones; `bytes`: the progress file as it is, of any length. */
export function knowledgeOf(events: readonly AuditEvent[], bytes: Uint8Array): Knowledge {
  const event = events.at(-1);
  const [first, second] = slotsIn(bytes);
  const isBounded = areNewest(first, second, event);
  const marks = [markOf(first, isBounded), markOf(second, isBounded)] as const;
  const fromLast = larger(BigInt(event?.next ?? 0), BigInt(event?.reserved ?? 0));
  const fromTrail = larger(fromLast, floorOf(events));
  const newest = newer(newestRecord(bytes), event);
  return {
    generation: newest?.generation ?? 0,
    number: larger(fromTrail, larger(...marks)),
    parameters: newest?.parameters,
    slot: marks[0] > marks[1] ? 0 : 1,
  };
}

function newer(record: ProgressRecord | undefined, event: AuditEvent | undefined) {
  if (record === undefined || event === undefined) return record ?? event;
  return event.generation > record.generation ? event : record;
}

/** Whether these are two neighbours, and the last ones that were written. */
function areNewest(first: Slot, second: Slot, event: AuditEvent | undefined): boolean {
  const choice = chooseSlot(first, second);
  if ('unusable' in choice || !choice.isNeighbourIntact) return false;
  return choice.record.generation >= (event?.generation ?? 0);
}

function markOf(slot: Slot, isBounded: boolean): bigint {
  if (slot.kind !== 'record') return 0n;
  const { record } = slot;
  return larger(record.next, isBounded ? record.reserved : record.ceiling);
}
