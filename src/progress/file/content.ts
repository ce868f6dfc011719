/** What a progress file's bytes say. Pure. */

import { chooseSlot, type SlotChoice } from './choice.js';
import { progressFileBytes } from './disk.js';
import { decodeSlot, type ProgressRecord, type Slot, slotBytes } from './record.js';

/** A whole file as it was read, and what it says. */
export interface Content {
  readonly image: Uint8Array;
  /** The record that counts; a file of any other size than a whole one is unusable. */
  readonly choice: SlotChoice;
  /** The newest record that is intact, also of a file that cannot be used. */
  readonly newest: ProgressRecord | undefined;
}

export function contentOf(image: Uint8Array): Content {
  const slots = slotsIn(image);
  return { image, choice: chosen(image, slots), newest: newestOf(slots) };
}

/** Chooses the record of a whole file; a file of any other size is unusable. */
export function chooseRecord(bytes: Uint8Array): SlotChoice {
  return contentOf(bytes).choice;
}

function chosen(bytes: Uint8Array, slots: readonly [Slot, Slot]): SlotChoice {
  if (bytes.length === 0) return { unusable: 'is empty' };
  if (bytes.length < progressFileBytes) return { unusable: 'is truncated' };
  if (bytes.length > progressFileBytes) {
    return { unusable: `is larger than the ${progressFileBytes} bytes of a progress file` };
  }
  return chooseSlot(...slots);
}

/** What the two slots of a file hold, whatever its size. */
export function slotsIn(bytes: Uint8Array): readonly [Slot, Slot] {
  return [
    decodeSlot(bytes.subarray(0, slotBytes)),
    decodeSlot(bytes.subarray(slotBytes, 2 * slotBytes)),
  ];
}

/** The newest record that is intact, also of a file that cannot be used. */
export function newestRecord(bytes: Uint8Array): ProgressRecord | undefined {
  return newestOf(slotsIn(bytes));
}

function newestOf(slots: readonly [Slot, Slot]): ProgressRecord | undefined {
  const records = slots.flatMap((slot) => (slot.kind === 'record' ? [slot.record] : []));
  return records.sort((one, other) => other.generation - one.generation)[0];
}
