/** Slots of a progress file made from their text, as another version of the program would. */

import { crc32 } from 'node:zlib';
import { slotBytes } from '../../src/progress/record.js';

/** A slot of any version with this body and a checksum that holds. */
export function slotOf(body: string, version = 1): Buffer {
  const head = (crc: number) =>
    `txnid-progress ${version} crc32 ${crc.toString(16).padStart(8, '0')}\n`;
  const rest = Buffer.from(`${body.padEnd(slotBytes - head(0).length - 1)}\n`);
  return Buffer.concat([Buffer.from(head(crc32(rest, crc32(head(0))))), rest]);
}
