/**
 * Memory for foreign calls, by its address. koffi takes an address for half of what it takes a typed array for, whose
 * kind and place it looks up at each call.
 */

import { foreign } from './libc.js';

const memmove = foreign<(to: Uint8Array, from: Uint8Array, bytes: number) => number>(
  'intptr_t memmove(uint8_t *, uint8_t *, size_t)',
);

/** Bytes that stay where they are for as long as this object is in use: its owner keeps it, and not `bytes` alone. */
export class ForeignMemory {
  readonly bytes: Buffer;
  readonly address: number;

  constructor(length: number) {
    // A buffer that is asked for by its length may lie in the heap, where what is in use is moved about.
    this.bytes = Buffer.from(new ArrayBuffer(length));
    // A call that moves nothing, and tells where to.
    this.address = memmove(this.bytes, this.bytes, 0);
  }
}
