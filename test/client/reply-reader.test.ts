/** The parser of replies: what is one, what is none, and that it does not matter how it is split. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { malformed, pong, type Reply, ReplyReader } from '../../src/client/reply-reader.js';
import { NumberRange } from '../../src/sequence/range.js';

/** All that is read from pieces; 'malformed' ends it. */
function readAll(pieces: readonly string[]): unknown[] {
  const reader = new ReplyReader();
  const read: unknown[] = [];
  for (const piece of pieces) {
    reader.push(Buffer.from(piece, 'latin1'));
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) {
      read.push(reply);
      if (reply === malformed) return read;
    }
  }
  return read;
}

const whole: readonly [string, readonly Reply[]][] = [
  ['\x07', [pong]],
  ['0\x03', [0n]],
  ['18446744073709551614\x03', [2n ** 64n - 2n]],
  ['65537+3*1000\x03', [new NumberRange(65537n, 3n, 1000)]],
  ['1+32767*1000000\x03', [new NumberRange(1n, 32767n, 1_000_000)]],
  ['1\x032\x03\x073+1*2\x035\x03', [1n, 2n, pong, new NumberRange(3n, 1n, 2), 5n]],
];

for (const [text, replies] of whole) {
  test(`${JSON.stringify(text)} is read the same, split at every byte`, () => {
    assert.deepEqual(readAll([text]), replies);
    assert.deepEqual(readAll([...text]), replies);
    for (let index = 0; index <= text.length; index++) {
      assert.deepEqual(readAll([text.slice(0, index), text.slice(index)]), replies);
    }
  });
}

const wrong = [
  '\x03',
  '\x02',
  '-1\x03',
  '01\x03',
  '1 \x03',
  '1\n',
  'HTTP/1.1 400 Bad Request\r\n',
  '1\x07',
  '+1*1\x03',
  '1+\x03',
  '1+1\x03',
  '1+1*\x03',
  '1+0*1\x03',
  '1+1*0\x03',
  '1+1*01\x03',
  '1+32768*1\x03',
  '1+1*1000001\x03',
  '1+1*1*1\x03',
  '18446744073709551615\x03',
  '18446744073709551614+1*2\x03',
  '184467440737095516140',
  '5\x035\x03',
  '5\x034\x03',
  '5+1*3\x037\x03',
  '1\xb2\x03',
];

for (const text of wrong) {
  test(`${JSON.stringify(text)} is refused, split at every byte`, () => {
    assert.equal(readAll([text]).at(-1), malformed);
    assert.equal(readAll([...text]).at(-1), malformed);
  });
}

test('what can no longer become a reply is refused before its end has come', () => {
  for (const text of ['x', '-', '00', '1+0', '1+1*x', '1'.repeat(21), '1+123456']) {
    assert.deepEqual(readAll([text]), [malformed], text);
  }
});
