import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PartialRequest, wordsOf } from '../../../src/server/redis/decoder.js';
import { encoded, inPieces, recordRequests } from './recorded-requests.js';

const incr = encoded(['INCR', 'orders']);

function requestsIn(text: string): string[] {
  return recordRequests([Buffer.from(text, 'latin1')]);
}

test('a pipeline of the same request is as many requests, at every split', () => {
  const pipeline = Buffer.concat([
    incr,
    incr,
    encoded(['PING']),
    incr,
    encoded(['incr', 'x']),
    incr,
  ]);
  const whole = recordRequests([pipeline]);
  assert.equal(whole.length, 6);
  for (let split = 1; split < pipeline.length; split++) {
    assert.deepEqual(recordRequests(inPieces(pipeline, [split])), whole, `at ${split}`);
  }
  assert.deepEqual(recordRequests(inPieces(pipeline, Array(pipeline.length).fill(1))), whole);
});

test('words on a line are a request too, quoted as redis-cli has them', () => {
  assert.deepEqual(requestsIn('PING\r\nincr  a\n\r\n  \nGET "a b"\r\n'), [
    '["PING"]',
    '["incr","a"]',
    '["GET","a b"]',
  ]);
  assert.deepEqual(wordsOf(String.raw`a "\x41\n\"" 'it\'s' ""`), ['a', 'A\n"', "it's", '']);
  for (const line of ['"open', "'open", '"a"b', 'a "'])
    assert.equal(wordsOf(line), undefined, line);
});

test('what cannot be a request is told in the words of Redis, and ends the rest', () => {
  const faults: [text: string, fault: string][] = [
    ['*x\r\n', 'invalid multibulk length'],
    ['*1048577\r\n', 'invalid multibulk length'],
    ['*99999999999\r\n', 'invalid multibulk length'],
    ['*1\r\n+OK\r\n', "expected '$', got '+'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$536870913\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    [`*${'1'.repeat(40)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(40)}`, 'too big bulk count string'],
    ['"open\r\n', 'unbalanced quotes in request'],
    ['a'.repeat(65_537), 'too big inline request'],
  ];
  for (const [text, fault] of faults) {
    assert.deepEqual(requestsIn(`PING\r\n${text}`), ['["PING"]', fault]);
    // A long line is one all the same where its end comes with it.
    if (text.length > 60) continue;
    const bytes = Buffer.from(`${text}\r\nPING\r\n`, 'latin1');
    const split = inPieces(bytes, Array(Math.min(bytes.length, 60)).fill(1));
    assert.deepEqual(recordRequests(split), [fault], text.slice(0, 20));
  }
});

test('an array of nothing is nothing', () => {
  assert.deepEqual(requestsIn('*0\r\n*-1\r\nPING\r\n'), ['["PING"]']);
});

test('a request of megabytes is read over in bounded memory, and what is behind it is read', () => {
  const large = encoded(['SET', 'key', 'v'.repeat(3_000_000), 'EX', '7']);
  const many = encoded(['MSET', ...Array(50_000).fill('k')]);
  const bytes = Buffer.concat([incr, large, incr, many, incr]);
  for (const size of [8192, 8191, 1000]) {
    const pieces = inPieces(bytes, Array(Math.ceil(bytes.length / size)).fill(size));
    let most = 0;
    const lines = recordRequests(pieces, undefined, ({ bytes: kept }) => {
      most = Math.max(most, kept?.length ?? 0);
    });
    const name = '["INCR","orders"]';
    assert.deepEqual(lines, [name, 'too large', name, 'too large', name]);
    assert.ok(most <= 16_384, `${most} bytes are kept`);
  }
});

const words = fc.string({ unit: 'binary-ascii', maxLength: 20 });
const requests = fc.array(
  fc.oneof(
    fc.constant(['INCR', 'orders']),
    fc.array(words, { minLength: 1, maxLength: 5 }),
    fc.constantFrom(['PING'], ['GET', 'orders'], ['SET', 'k', 'x'.repeat(20_000)]),
  ),
  { maxLength: 30 },
);
const lengths = fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 50 });

/** Throws where some stream is not read as it was written. */
function fuzz(plant?: (partial: PartialRequest) => void): void {
  fc.assert(
    fc.property(requests, lengths, (list, sizes) => {
      const bytes = Buffer.concat(list.map(encoded));
      const lines = recordRequests(inPieces(bytes, sizes), () => new PartialRequest(), plant);
      const expected = list.map((args) =>
        encoded(args).length > 16_384 ? 0 : JSON.stringify(args),
      );
      assert.equal(lines.length, list.length);
      for (const [at, line] of lines.entries()) {
        // Whether a large one is looked at depends on how it came.
        if (expected[at] !== 0) assert.equal(line, expected[at]);
      }
    }),
    { numRuns: 500 },
  );
}

test('any requests come through any chunks as they were written', () => {
  fuzz();
});

test('a decoder that forgets a byte of what it keeps is found', () => {
  assert.throws(() =>
    fuzz((partial) => {
      partial.bytes = partial.bytes?.subarray(1);
    }),
  );
});

test('garbage ends in requests or a violation, never in an exception', () => {
  const garbage = fc.array(
    fc.oneof(
      fc.constantFrom(
        '*',
        '$',
        '\r\n',
        '*3\r\n',
        '$4\r\n',
        '-',
        '0',
        '1048576',
        '"',
        "'",
        '\\x',
        '\n',
      ),
      fc.string({ unit: 'binary', maxLength: 10 }),
    ),
  );
  fc.assert(
    fc.property(garbage, lengths, (parts, sizes) => {
      recordRequests(inPieces(Buffer.from(parts.join(''), 'latin1'), sizes));
    }),
    { numRuns: 1000 },
  );
});
