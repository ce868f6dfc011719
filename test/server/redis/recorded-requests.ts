/** What the decoder makes of chunks, as a list of lines that can be compared. */

import {
  decodeChunk,
  PartialRequest,
  type RequestSink,
} from '../../../src/server/redis/decoder.js';

export function recordRequests(
  chunks: Iterable<Buffer>,
  partial = () => new PartialRequest(),
  plant: (partial: PartialRequest) => void = () => {},
): string[] {
  const lines: string[] = [];
  let last = '';
  const sink: RequestSink & { isOver: boolean } = {
    isOver: false,
    isFull: false,
    request: (args) => {
      last = JSON.stringify(args);
      lines.push(last);
    },
    repeat: () => {
      lines.push(last);
      return true;
    },
    tooLarge: () => lines.push('too large'),
    violation: (what) => {
      lines.push(what);
      sink.isOver = true;
    },
  };
  const state = partial();
  for (const chunk of chunks) {
    if (sink.isOver) break;
    decodeChunk(chunk, chunk.length, state, sink);
    plant(state);
  }
  return lines;
}

/** A request as clients write it. */
export function encoded(args: readonly string[]): Buffer {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg, 'latin1')}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`, 'latin1');
}

/** The text in pieces of these lengths, and what is left. */
export function inPieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) break;
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return at < bytes.length ? [...pieces, Buffer.from(bytes.subarray(at))] : pieces;
}
