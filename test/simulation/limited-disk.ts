/**
 * A process that writes a slot of the file it is given, blocking and not, and prints the two errors.
 * Run under a limit of the file size that lies within the slot.
 */

import { openSync } from 'node:fs';
import { DescriptorDisk, type DiskStep } from '../../src/progress/file/disk.js';
import { slotBytes } from '../../src/progress/file/record.js';

const disk = new DescriptorDisk(openSync(process.argv[2] ?? '', 'r+'));
const step: DiskStep = { call: 'write', offset: slotBytes, bytes: Buffer.alloc(slotBytes, '!') };

async function write(): Promise<void> {
  await disk.perform(step);
}

async function writeSync(): Promise<void> {
  disk.performSync(step);
}

const outcomes = [write, writeSync].map((act) => act().catch((error: Error) => error.message));
process.stdout.write(JSON.stringify(await Promise.all(outcomes)));
