/**
 * What is still known of the position where the progress file cannot be used. Pure.
 *
 * Every record that is intact counts, whatever is wrong with the size of the file or with the other
 * slot. What may have been handed out under it is below its `reserved` if its neighbour is intact and
 * the trail knows of no later record; else below its `ceiling`, for its successor may be lost (choice.ts).
 */

import { larger } from '../sequence/order.js';
import type { AuditEvent } from './audit-event.js';
import { chooseSlot, type SlotIndex } from './choice.js';
import {
  decodeSlot,
  type Parameters,
  type ProgressRecord,
  type Slot,
  slotBytes,
} from './record.js';

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

/** `event`: the trail's last one; `bytes`: the progress file as it is, of any length. */
export function knowledgeOf(event: AuditEvent | undefined, bytes: Uint8Array): Knowledge {
  const [first, second] = slotsIn(bytes);
  const isBounded = areNewest(first, second, event);
  const marks = [markOf(first, isBounded), markOf(second, isBounded)] as const;
  const fromTrail = larger(BigInt(event?.next ?? 0), BigInt(event?.reserved ?? 0));
  const newest = newestOf([recordIn(first), recordIn(second), event]);
  return {
    generation: newest?.generation ?? 0,
    number: larger(fromTrail, larger(...marks)),
    parameters: newest?.parameters,
    slot: marks[0] > marks[1] ? 0 : 1,
  };
}

type Source = ProgressRecord | AuditEvent;

function newestOf(sources: readonly (Source | undefined)[]): Source | undefined {
  const known = sources.filter((source) => source !== undefined);
  return known.sort((one, other) => other.generation - one.generation)[0];
}

function slotsIn(bytes: Uint8Array): [Slot, Slot] {
  return [
    decodeSlot(bytes.subarray(0, slotBytes)),
    decodeSlot(bytes.subarray(slotBytes, 2 * slotBytes)),
  ];
}

/** Whether these are two neighbours, and the last ones that were written. */
function areNewest(first: Slot, second: Slot, event: AuditEvent | undefined): boolean {
  const choice = chooseSlot(first, second);
  if ('unusable' in choice || !choice.isNeighbourIntact) return false;
  return choice.record.generation >= (event?.generation ?? 0);
}

function markOf(slot: Slot, isBounded: boolean): bigint {
  const record = recordIn(slot);
  if (record === undefined) return 0n;
  return larger(record.next, isBounded ? record.reserved : record.ceiling);
}

function recordIn(slot: Slot): ProgressRecord | undefined {
  return slot.kind === 'record' ? slot.record : undefined;
}
