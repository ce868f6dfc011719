import { hash } from 'node:crypto';
import { progressFileBytes } from '../../src/progress/file/disk.js';
import { decodeSlot, slotBytes } from '../../src/progress/file/record.js';

/** The same for contents that the program takes for the same: how a slot is damaged makes no difference. */
export function contentFingerprint(bytes: Buffer): string {
  if (bytes.length !== progressFileBytes) return hash('sha1', bytes);
  const slots = [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)];
  return slots
    .map((slot) => (decodeSlot(slot).kind === 'damaged' ? 'damaged' : hash('sha1', slot)))
    .join('+');
}
