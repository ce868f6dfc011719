/** Answers while numbers are still to be reserved, a part at a time: the same as if all had been there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Counters, type SharedCounter, smallClaimMax } from '../../../src/sequence/counter.js';
import { endIndex, numberAt, type Progression } from '../../../src/sequence/progression.js';
import { SessionAnswers } from '../../../src/server/session/answers.js';
import { areLarge } from '../../../src/server/session/request-list.js';
import { chunkBytesMax, UnfinishedRequest } from '../../../src/server/session/requests.js';
import { ClaimsOfAll } from '../../../src/server/shared/claims.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { type ModelAnswer, modelAnswer } from './session-model.js';

/** A session's answers from a counter of which nothing is reserved yet. */
function answersOver(left: number, increment = 3n) {
  const progression: Progression = {
    instance: 5n,
    increment,
    max: 5n + BigInt(left) * increment - 1n,
  };
  assert.equal(endIndex(progression), BigInt(left));
  const counters = Counters.allocate(1);
  const counter = counters.at(0);
  const tally = Tally.allocate(1);
  const asked: number[] = [];
  const claims = new ClaimsOfAll(
    counters,
    progression,
    (message) => {
      if (message.kind === 'low') asked.push(message.count);
    },
    tally.ofThread(0),
  );
  return { progression, counter, tally, asked, answers: new SessionAnswers(claims, ['default']) };
}

/** A session that has sent nothing yet. */
const fresh = () => ({ state: new UnfinishedRequest() });

type Rig = ReturnType<typeof answersOver>;

function raiseTo(counter: SharedCounter, limit: number): void {
  counter.raise(BigInt(limit), BigInt(limit));
}

/** What becomes of one chunk when the reservation grows by these steps, each time it is short. */
function answerShort({ answers, counter }: Rig, chunk: string, left: number, steps: number[]) {
  const bytes = Buffer.from(chunk, 'latin1');
  const requests = answers.decode(bytes, bytes.length, fresh()).rest();
  let replies = '';
  let turn = 0;
  for (;;) {
    const before = requests.numbers;
    const progress = answers.answer(requests);
    replies += answers.replies.bytes.toString('latin1', 0, answers.replies.length);
    if (progress === 'part') assert.ok(requests.numbers < before, 'a part is not nothing');
    if (progress === 'all' || progress === 'over') {
      return { replies, isClosed: progress === 'over' || requests.isViolated };
    }
    if (progress !== 'short') continue;
    const step = steps[turn++ % steps.length] ?? 1;
    raiseTo(counter, Math.min(left, Number(counter.limit()) + step));
  }
}

const request = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map((count) => '\x02'.repeat(count)),
  fc.integer({ min: 1, max: 50 }).map((count) => `${count}\x02`),
  fc.integer({ min: 1, max: 1_000_000 }).map((count) => `${count}\x02`),
  fc.constant('\x07'),
);

test('whatever is reserved when, replies are those of a server that has all its numbers', () => {
  const cases = fc.record({
    left: fc.oneof(fc.nat(100), fc.nat(3_000_000)),
    requests: fc.array(request, { minLength: 1, maxLength: 20 }),
    steps: fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 5 }),
  });
  fc.assert(
    fc.property(cases, ({ left, requests, steps }) => {
      const rig = answersOver(left);
      const chunk = requests.join('').slice(0, chunkBytesMax);
      const expected: ModelAnswer = modelAnswer(chunk, 5n, 3n, BigInt(left));
      // A step that is too small is only slow.
      const large = steps.map((step) => Math.max(step, Math.ceil(left / 100)));
      // An unfinished count at the end is nothing that is answered.
      assert.deepEqual(answerShort(rig, chunk, left, large), expected);
      assert.equal(rig.tally.sum('numbers'), Number(rig.counter.cursor()));
    }),
  );
});

test('near the end what can still be served waits for it, and what cannot ends the session', () => {
  const rig = answersOver(100);
  raiseTo(rig.counter, 10);
  const bytes = Buffer.from('50\x0260\x02', 'latin1');
  const requests = rig.answers.decode(bytes, bytes.length, fresh());
  assert.equal(rig.answers.answer(requests), 'short');
  assert.equal(rig.asked.at(-1), 50, 'and is asked for');
  assert.equal(rig.answers.replies.length, 0);
  raiseTo(rig.counter, 100);
  assert.equal(rig.answers.answer(requests), 'over');
  const { bytes: replies, length } = rig.answers.replies;
  assert.equal(replies.toString('latin1', 0, length), '5+3*50\x03');
  assert.equal(numberAt(rig.progression, rig.counter.cursor()), 155n);
});

test('of a chunk that asks for more than the largest range, one claim takes a part', () => {
  const rig = answersOver(10_000_000);
  raiseTo(rig.counter, 10_000_000);
  const bytes = Buffer.from('600000\x02400000\x021\x021000000\x02', 'latin1');
  const requests = rig.answers.decode(bytes, bytes.length, fresh());
  const cursors: bigint[] = [];
  for (const progress of ['part', 'part', 'all']) {
    assert.equal(rig.answers.answer(requests), progress);
    cursors.push(rig.counter.cursor());
  }
  assert.deepEqual(cursors, [1_000_000n, 1_000_001n, 2_000_001n]);
});

test('at the stop what is reserved is still served, and then it is over', () => {
  const rig = answersOver(100);
  raiseTo(rig.counter, 2);
  rig.counter.stop();
  const bytes = Buffer.from('\x02\x02\x02', 'latin1');
  assert.equal(rig.answers.answer(rig.answers.decode(bytes, bytes.length, fresh())), 'over');
  const { bytes: replies, length } = rig.answers.replies;
  assert.equal(replies.toString('latin1', 0, length), '5\x038\x03');
});

test('a chunk is large once it asks for more than a small claim may', () => {
  const { answers } = answersOver(1);
  const requestsOf = (count: number) => {
    const bytes = Buffer.from(`${count}\x02`, 'latin1');
    return answers.decode(bytes, bytes.length, fresh());
  };
  assert.equal(areLarge(requestsOf(smallClaimMax)), false);
  assert.equal(areLarge(requestsOf(smallClaimMax + 1)), true);
});

/** Of three sequences, each with so many reserved. */
function named(reserved: readonly number[], left = 10_000_000) {
  const names = ['default', 'a', 'b'];
  const counters = Counters.allocate(names.length);
  const progression: Progression = { instance: 0n, increment: 1n, max: BigInt(left) - 1n };
  for (const [place, count] of reserved.entries()) raiseTo(counters.at(place), count);
  const asked: string[] = [];
  const claims = new ClaimsOfAll(
    counters,
    progression,
    (message) => {
      if (message.kind === 'low') asked.push(`${names[message.sequence]} ${message.count}`);
    },
    Tally.allocate(1).ofThread(0),
  );
  const answers = new SessionAnswers(claims, names);
  const decode = (text: string) => {
    const bytes = Buffer.from(text, 'latin1');
    return answers.decode(bytes, bytes.length, fresh()).rest();
  };
  const replies = () => answers.replies.bytes.toString('latin1', 0, answers.replies.length);
  return { counters, answers, asked, decode, replies };
}

test('a chunk for several sequences is one part, a claim of each, in the order asked', () => {
  const { answers, decode, replies, counters } = named([10, 10, 10]);
  const requests = decode('\x02\x02\x01a\x02\x01a 3\x02\x07\x01b\x02\x01none\x02\x02\x01a\x02');
  assert.equal(answers.answer(requests), 'all');
  assert.equal(replies(), '0\x031\x030\x031+1*3\x03\x070\x03\x152\x034\x03');
  assert.deepEqual(
    [0, 1, 2].map((place) => counters.cursor(place)),
    [3n, 5n, 1n],
  );
});

test('what is short of one sequence is answered up to there, and the rest once that is reserved', () => {
  const { answers, decode, replies, asked, counters } = named([10, 0, 10]);
  const requests = decode('\x02\x01b\x02\x01a\x02\x01b\x02');
  assert.equal(answers.answer(requests), 'short');
  assert.equal(replies(), '0\x030\x03');
  assert.equal(requests.sequence, 1, 'it waits for that one');
  assert.deepEqual(asked, ['a 1']);
  assert.equal(counters.cursor(2), 1n, 'nothing behind it is claimed');
  raiseTo(counters.at(1), 5);
  assert.equal(answers.answer(requests), 'all');
  assert.equal(replies(), '0\x031\x03');
});

test('behind the end of one sequence the session gets no more', () => {
  const { answers, decode, replies } = named([2, 2, 2], 2);
  const requests = decode('\x02\x01a 2\x02\x01b\x02\x01a\x02\x02');
  assert.equal(answers.answer(requests), 'over');
  assert.equal(replies(), '0\x030+1*2\x030\x03');
});

test('a large request of one sequence is a part of its own', () => {
  const { answers, decode, replies } = named([10, 5_000_000, 10]);
  const requests = decode('\x02\x01a 900000\x02\x01a 900000\x02\x02');
  const parts: string[] = [];
  for (const progress of ['part', 'part', 'all']) {
    assert.equal(answers.answer(requests), progress);
    parts.push(replies());
  }
  assert.deepEqual(parts, ['0\x03', '0+1*900000\x03', '900000+1*900000\x031\x03']);
});
