/**
 * A process that writes a slot of the file it is given, blocking and not, and prints the two errors.
 * Run under a limit of the file size that lies within the slot.
 */

import { openSync } from 'node:fs';
import { DescriptorDisk } from '../../src/progress/file/disk.js';
import { realFileSystem } from '../../src/progress/file/file-system.js';
import { slotBytes } from '../../src/progress/file/record.js';

const disk = new DescriptorDisk(realFileSystem, openSync(process.argv[2] ?? '', 'r+'));
const bytes = Buffer.alloc(slotBytes, '!');

async function write(): Promise<void> {
  await disk.write(slotBytes, bytes);
}

async function writeSync(): Promise<void> {
  disk.writeSync(slotBytes, bytes);
}

const outcomes = [write, writeSync].map((act) => act().catch((error: Error) => error.message));
process.stdout.write(JSON.stringify(await Promise.all(outcomes)));
