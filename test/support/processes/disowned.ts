/** A progress file of somebody else. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeSlot,
  encodeRecord,
  type Owner,
  slotBytes,
} from '../../../src/progress/file/record.js';

export const elsewhere = {
  host: 'elsewhere',
  machine: 'f'.repeat(32),
  boot: 'another',
  start: '1',
};

/** Makes both slots say that somebody else wrote them. */
export function disown(confdir: string, owner: Partial<Owner>): void {
  const path = join(confdir, 'txnid.dat');
  const bytes = readFileSync(path);
  for (const offset of [0, slotBytes]) {
    const slot = decodeSlot(bytes.subarray(offset, offset + slotBytes));
    assert.ok(slot.kind === 'record');
    const { record } = slot;
    encodeRecord({ ...record, owner: { ...record.owner, ...owner } }).copy(bytes, offset);
  }
  writeFileSync(path, bytes);
}
