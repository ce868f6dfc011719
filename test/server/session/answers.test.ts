/** Answers while numbers are still to be reserved, a part at a time: the same as if all had been there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SharedCounter, smallClaimMax } from '../../../src/sequence/counter.js';
import { endIndex, numberAt, type Progression } from '../../../src/sequence/progression.js';
import { SessionAnswers } from '../../../src/server/session/answers.js';
import { areLarge, chunkBytesMax } from '../../../src/server/session/requests.js';
import { Claims } from '../../../src/server/shared/claims.js';
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
  const counter = SharedCounter.allocate(0n);
  const tally = Tally.allocate(1);
  const asked: number[] = [];
  const claims = new Claims(
    counter,
    progression,
    (message) => {
      if (message.kind === 'low') asked.push(message.count);
    },
    tally.ofThread(0),
  );
  return { progression, counter, tally, asked, answers: new SessionAnswers(claims) };
}

type Rig = ReturnType<typeof answersOver>;

function raiseTo(counter: SharedCounter, limit: number): void {
  counter.raise(BigInt(limit), BigInt(limit));
}

/** What becomes of one chunk when the reservation grows by these steps, each time it is short. */
function answerShort({ answers, counter }: Rig, chunk: string, left: number, steps: number[]) {
  const bytes = Buffer.from(chunk, 'latin1');
  const requests = answers.decode(bytes, bytes.length, { state: 0 }).rest();
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
  const requests = rig.answers.decode(bytes, bytes.length, { state: 0 });
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
  const requests = rig.answers.decode(bytes, bytes.length, { state: 0 });
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
  assert.equal(rig.answers.answer(rig.answers.decode(bytes, bytes.length, { state: 0 })), 'over');
  const { bytes: replies, length } = rig.answers.replies;
  assert.equal(replies.toString('latin1', 0, length), '5\x038\x03');
});

test('a chunk is large once it asks for more than a small claim may', () => {
  const { answers } = answersOver(1);
  const requestsOf = (count: number) => {
    const bytes = Buffer.from(`${count}\x02`, 'latin1');
    return answers.decode(bytes, bytes.length, { state: 0 });
  };
  assert.equal(areLarge(requestsOf(smallClaimMax)), false);
  assert.equal(areLarge(requestsOf(smallClaimMax + 1)), true);
});
