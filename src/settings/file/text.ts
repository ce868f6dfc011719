import type { Fault } from '../../errors.js';
import { configFileBytesMax, configFileName } from '../limits.js';

const newline = 0x0a;

/** The text of a settings file, or why its bytes are none. A byte order mark is not text. */
export function decodeConfigFile(bytes: Uint8Array): { text: string } | { fault: Fault } {
  if (bytes.length > configFileBytesMax) {
    const what = `${configFileName} is longer than ${configFileBytesMax} bytes`;
    return { fault: { what, remedy: 'keep nothing but settings and comments in it' } };
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const what = `${placeOf(bytes, nul)}: a NUL byte`;
    return { fault: { what, remedy: 'write the file as plain UTF-8 text' } };
  }
  const text = decode(bytes);
  if (text !== undefined) return { text };
  const what = `${placeOf(bytes, firstInvalid(bytes))}: not UTF-8`;
  return { fault: { what, remedy: 'write the file as plain UTF-8 text' } };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Offset of the first byte that a lenient decoder has to replace. */
function firstInvalid(bytes: Uint8Array): number {
  const repaired = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  return repaired.findIndex((byte, offset) => byte !== bytes[offset]);
}

/** Line and column of a byte, both from 1, the column in bytes. */
function placeOf(bytes: Uint8Array, offset: number): string {
  const before = bytes.subarray(0, offset);
  const line = before.reduce((lines, byte) => lines + (byte === newline ? 1 : 0), 1);
  return `${configFileName}:${line}:${offset - before.lastIndexOf(newline)}`;
}
