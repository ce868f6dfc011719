/** What may happen to bytes on a disk or a line, as data: a failing case shrinks to the fewest edits. */

import fc from 'fast-check';

/** Places are taken modulo the length, so that an edit fits any bytes. */
type ByteEdit =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'put'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly byte: number }
  | { readonly kind: 'remove'; readonly at: number; readonly length: number }
  | { readonly kind: 'copy'; readonly from: number; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number };

const byte = fc.oneof(
  fc.nat(255),
  fc.constantFrom(...Buffer.from('\0\n\r "019-\x7f\xff', 'latin1')),
);
const length = fc.integer({ min: 1, max: 64 });

function editIn(place: fc.Arbitrary<number>): fc.Arbitrary<ByteEdit> {
  return fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('put' as const), at: place, byte }),
    fc.record({ kind: fc.constant('insert' as const), at: place, byte }),
    fc.record({ kind: fc.constant('remove' as const), at: place, length }),
    fc.record({ kind: fc.constant('copy' as const), from: place, at: place, length }),
    fc.record({ kind: fc.constant('cut' as const), at: place }),
  );
}

/** Up to `most` edits, one after the other; most of them in the first bytes, if so many are given. */
export function byteEdits(most: number, firstBytes = 0): fc.Arbitrary<ByteEdit[]> {
  const anywhere = { weight: 1, arbitrary: fc.nat(0xffff) };
  const first = { weight: 3, arbitrary: fc.nat(Math.max(firstBytes - 1, 0)) };
  const place = firstBytes === 0 ? fc.nat(0xffff) : fc.oneof(anywhere, first);
  return fc.array(editIn(place), { maxLength: most });
}

export function edited(bytes: Uint8Array, edits: readonly ByteEdit[]): Buffer {
  return edits.reduce<Buffer>(editOnce, Buffer.from(bytes));
}

function editOnce(bytes: Buffer, change: ByteEdit): Buffer {
  if (bytes.length === 0) return bytes;
  const at = change.at % bytes.length;
  const before = bytes.subarray(0, at);
  switch (change.kind) {
    case 'flip':
      return put(bytes, at, (bytes[at] ?? 0) ^ (1 << change.bit));
    case 'put':
      return put(bytes, at, change.byte);
    case 'insert':
      return Buffer.concat([before, Buffer.of(change.byte), bytes.subarray(at)]);
    case 'remove':
      return Buffer.concat([before, bytes.subarray(at + change.length)]);
    case 'copy': {
      const from = change.from % bytes.length;
      const piece = bytes.subarray(from, from + change.length);
      return Buffer.concat([before, piece, bytes.subarray(at + piece.length)]);
    }
    case 'cut':
      return Buffer.from(before);
  }
}

function put(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
}

/** The bytes in pieces of these lengths, and the rest; as one reads them from a socket. */
export function inPieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) break;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return at < bytes.length ? [...pieces, bytes.subarray(at)] : pieces;
}
