import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../../src/sequence/counter.js';
import { numberMax, type Progression } from '../../../src/sequence/progression.js';
import { SessionAnswers } from '../../../src/server/session/answers.js';
import { chunkBytesMax } from '../../../src/server/session/requests.js';
import { ClaimsOfAll } from '../../../src/server/shared/claims.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { answerStream } from './answer-stream.js';
import { type ModelAnswer, modelAnswer } from './session-model.js';

const alphabet = ['\x01', '\x02', '\x03', '\x07', ' ', '0', '1', 'A'];
const names = ['default', 'A', '1A'];
const progression: Progression = { instance: 5n, increment: 3n, max: numberMax };

const tally = Tally.allocate(1).ofThread(0);

function answersFrom(given: Progression = progression): SessionAnswers {
  const counters = Counters.allocate(names.length);
  for (const place of names.keys()) counters.at(place).raise(2n ** 63n, 2n ** 63n);
  const unasked = () => assert.fail('everything is reserved');
  return new SessionAnswers(new ClaimsOfAll(counters, given, unasked, tally), names);
}

/** What the real code makes of a stream that comes in these chunks. */
function answer(chunks: readonly string[], answers = answersFrom()): ModelAnswer {
  return answerStream(
    chunks.map((chunk) => Buffer.from(chunk, 'latin1')),
    answers,
  );
}

function modelOf(stream: string): ModelAnswer {
  return modelAnswer(stream, progression.instance, progression.increment, undefined, names);
}

function streamsUpTo(length: number): string[] {
  if (length === 0) return [''];
  const shorter = streamsUpTo(length - 1);
  const longest = shorter.filter((stream) => stream.length === length - 1);
  return [...shorter, ...longest.flatMap((stream) => alphabet.map((byte) => stream + byte))];
}

test('every stream of up to four bytes, split at every position, is answered as the model says', () => {
  const streams = streamsUpTo(4);
  assert.equal(streams.length, 1 + 8 + 64 + 512 + 4096);
  for (const stream of streams) {
    const expected = modelOf(stream);
    for (let place = 0; place <= stream.length; place++) {
      const chunks = [stream.slice(0, place), stream.slice(place)];
      assert.deepEqual(answer(chunks), expected, JSON.stringify(chunks));
    }
    assert.deepEqual(answer([...stream]), expected, JSON.stringify([...stream]));
  }
});

test('requests that name a sequence, split at every position, are answered as the model says', () => {
  const long = 'x'.repeat(64);
  const streams = [
    '\x01A\x02\x02\x01A 5\x02\x011A\x02\x01default\x02\x07\x01A\x02',
    `\x01${long}\x02\x01${long} 7\x02\x02`,
    `\x02\x01${long}x\x02`,
    '\x01A\x01A\x02',
    '\x01A  5\x02',
    '\x01A 05\x02',
    '\x01A 1000001\x02',
    '\x01 5\x02',
    '5\x01A\x02',
    '\x01A\x07',
    '\x01A\n\x02',
    '\x01.A\x02',
    '\x01A/\x02',
    '\x01A\xff\x02',
    '\x01none 1000000\x02\x01none\x02\x02',
  ];
  for (const stream of streams) {
    const expected = modelOf(stream);
    assert.deepEqual(answer([...stream]), expected, JSON.stringify(stream));
    for (let place = 0; place <= stream.length; place++) {
      const chunks = [stream.slice(0, place), stream.slice(place)];
      assert.deepEqual(answer(chunks), expected, JSON.stringify(chunks));
    }
  }
});

const counts = ['1', '9', '10', '999999', '1000000', '1000001', '9999999', '10000000', '01', '0'];

for (const count of counts) {
  test(`a count of ${count} is taken as the model says, byte by byte too`, () => {
    const stream = `\x02${count}\x02\x07`;
    assert.deepEqual(answer([stream]), modelOf(stream));
    assert.deepEqual(answer([...stream]), modelOf(stream));
  });
}

test('the model itself closes on what it must', () => {
  assert.deepEqual(modelOf('\x02A\x02'), { replies: '5\x03', isClosed: true });
  assert.deepEqual(modelOf('10\x02\x02'), { replies: '5+3*10\x0335\x03', isClosed: false });
  assert.deepEqual(modelOf('1000001'), { replies: '', isClosed: true });
  assert.deepEqual(modelOf('1000000'), { replies: '', isClosed: false });
});

test('the largest replies to a whole chunk fit', () => {
  const wide: Progression = { instance: 2n ** 64n - 2n ** 45n, increment: 32_767n, max: numberMax };
  const chunks = ['\x02'.repeat(chunkBytesMax), '1\x02'.repeat(chunkBytesMax / 2)];
  const unfinished = `1000000${chunks[0]}`;
  for (const stream of [...chunks, unfinished]) {
    const split = stream === unfinished ? [stream.slice(0, 7), stream.slice(7)] : [stream];
    const expected = modelAnswer(stream, wide.instance, wide.increment);
    assert.deepEqual(answer(split, answersFrom(wide)), expected);
  }
});

test('many large ranges in one chunk are claimed one after the other', () => {
  const stream = '\x02999999\x02\x021000000\x02\x07'.repeat(50);
  assert.deepEqual(answer([stream]), modelOf(stream));
});

/** With `left` numbers up to the end of the sequence. */
function nearEnd(left: bigint): SessionAnswers {
  return answersAt({ ...progression, max: progression.instance + (left - 1n) * 3n }, left);
}

function answersAt(given: Progression, reserved: bigint): SessionAnswers {
  const counters = Counters.allocate(1);
  counters.at(0).raise(reserved, reserved);
  const claims = new ClaimsOfAll(counters, given, () => undefined, tally);
  return new SessionAnswers(claims, ['default']);
}

test('near the end of the sequence, what there is is handed out in order, then it closes', () => {
  const all = { replies: '5\x03\x078\x0311\x03', isClosed: true };
  assert.deepEqual(answer(['\x02\x07\x02\x02\x02\x02'], nearEnd(3n)), all);
  const noRange = { replies: '5\x03\x07', isClosed: true };
  assert.deepEqual(answer(['\x02\x073\x02\x02'], nearEnd(3n)), noRange);
  const exact = { replies: '5\x038+3*2\x03', isClosed: false };
  assert.deepEqual(answer(['\x022\x02'], nearEnd(3n)), exact);
});

test('a claim beyond the end burns nothing and does not wait', () => {
  const counters = Counters.allocate(1);
  counters.at(0).raise(2n, 2n);
  const given = { ...progression, max: 8n };
  const claims = new ClaimsOfAll(counters, given, () => undefined, tally).at(0);
  assert.equal(claims.claim(3), false);
  assert.equal(claims.claim(2), true);
  assert.equal(claims.firstIndex(), 0n);
});
