import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  malformed,
  pong,
  type Reply,
  ReplyReader,
  unserved,
} from '../../src/client/reply-reader.js';
import { NumberRange } from '../../src/sequence/range.js';
import { byteEdits, edited, inPieces } from './byte-edits.js';
import { fuzz } from './fuzz.js';

interface Stream {
  readonly bytes: Buffer;
  readonly lengths: readonly number[];
}

/** What a reader made of a stream: the replies, and whether something else came after them. */
interface Reading {
  readonly replies: readonly Reply[];
  readonly isMalformed: boolean;
}

type Read = (pieces: readonly Buffer[]) => Reading;

/** Above the last number; now and then it is the same one again. */
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 3n }) },
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 62n }) },
  { weight: 1, arbitrary: fc.constant(-1n) },
);
const part = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), gap }),
  fc.record({
    kind: fc.constant('range' as const),
    gap,
    increment: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 32_768 })),
    count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1_000_001 })),
  }),
  fc.record({ kind: fc.constant('pong' as const) }),
  fc.record({
    kind: fc.constant('text' as const),
    text: fc.constantFrom(
      '0',
      '01',
      '1',
      '+',
      '*',
      '+1*1',
      '-',
      '\x03',
      '1\x03',
      ' ',
      '\n',
      '\x02',
      '\x15',
    ),
  }),
);
type Part = typeof part extends fc.Arbitrary<infer One> ? One : never;

/** What a server sends: numbers that increase, most of the time. */
function streamText(parts: readonly Part[]): string {
  let next = 0n;
  let text = '';
  for (const one of parts) {
    if (one.kind === 'pong') text += '\x07';
    if (one.kind === 'text') text += one.text;
    if (one.kind !== 'number' && one.kind !== 'range') continue;
    const first = next === 0n ? 0n : next + one.gap;
    const isRange = one.kind === 'range';
    text += isRange ? `${first}+${one.increment}*${one.count}\x03` : `${first}\x03`;
    next = first + (isRange ? BigInt(one.increment) * BigInt(one.count - 1) : 0n) + 1n;
  }
  return text;
}

const streams: fc.Arbitrary<Stream> = fc
  .record({
    parts: fc.array(part, { maxLength: 12 }),
    edits: byteEdits(2),
    lengths: fc.array(fc.integer({ min: 1, max: 24 }), { maxLength: 30 }),
  })
  .map(({ parts, edits, lengths }) => {
    return { bytes: edited(Buffer.from(streamText(parts), 'latin1'), edits), lengths };
  });

function readWith(makeReader: (last: ReplyReader | undefined) => ReplyReader): Read {
  return (pieces) => {
    let reader = makeReader(undefined);
    const replies: Reply[] = [];
    for (const piece of pieces) {
      reader = makeReader(reader);
      reader.push(piece);
      for (let reply = reader.next(); reply !== undefined; reply = reader.next()) {
        if (reply === malformed) return { replies, isMalformed: true };
        replies.push(reply);
      }
    }
    return { replies, isMalformed: false };
  };
}

/** What may come next, one of which makes a reply of every beginning of one. */
const completions = ['', '1', '+1*1', '1*1', '*1'];

/** The same, from the contract on the whole text: one reply after the other. */
function readByModel(text: string): Reading {
  const replies: Reply[] = [];
  let rest = text;
  let highest = -1n;
  while (rest !== '') {
    if (rest.startsWith('\x07') || rest.startsWith('\x15')) {
      replies.push(rest.startsWith('\x07') ? pong : unserved);
      rest = rest.slice(1);
      continue;
    }
    const [reply = '', ...others] = rest.split('\x03');
    if (others.length === 0) {
      const isBegun = completions.some((completion) => partsOf(rest + completion) !== undefined);
      return { replies, isMalformed: !isBegun };
    }
    const parts = partsOf(reply);
    if (parts === undefined || !isGood(parts, highest)) return { replies, isMalformed: true };
    const [first, increment, count] = parts;
    highest = first + increment * (count - 1n);
    replies.push(reply.includes('+') ? new NumberRange(first, increment, Number(count)) : first);
    rest = rest.slice(reply.length + 1);
  }
  return { replies, isMalformed: false };
}

type Parts = readonly [first: bigint, increment: bigint, count: bigint];

/** First, increment and count by the form alone; of a single number 1 and 1. */
function partsOf(text: string): Parts | undefined {
  const [, first = '', , increment = '1', count = '1'] =
    /^(\d{1,20})(\+(\d{1,5})\*(\d{1,7}))?$/.exec(text) ?? [];
  const isPlain = (digits: string) => digits !== '' && String(BigInt(digits)) === digits;
  if (![first, increment, count].every(isPlain)) return undefined;
  const parts: Parts = [BigInt(first), BigInt(increment), BigInt(count)];
  return parts[1] === 0n || parts[2] === 0n ? undefined : parts;
}

function isGood([first, increment, count]: Parts, highest: bigint): boolean {
  const last = first + increment * (count - 1n);
  const isIncreasing = first > highest && last < 2n ** 64n - 1n;
  return isIncreasing && increment <= 32_767n && count <= 1_000_000n;
}

fuzz('whatever a server sends, in whatever pieces, its replies are read as the model says', {
  cases: streams,
  runs: 4000,
  target: readWith((last) => last ?? new ReplyReader()),
  canary: {
    bug: 'a reader that forgets the highest number',
    target: readWith((last) => (last?.rest === '""' || !last ? new ReplyReader() : last)),
  },
  check: ({ bytes, lengths }, target) => {
    assert.deepEqual(target(inPieces(bytes, lengths)), readByModel(bytes.toString('latin1')));
  },
});
