import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, type Measured } from '../../src/bench/conversation.js';
import { Latencies } from '../../src/bench/latencies.js';
import { NumberCheck } from '../../src/bench/number-check.js';

/** Two connections to one server that has handed out 0. */
function twoConversations() {
  const check = new NumberCheck({ after: 0n, step: 1 });
  const latencies = new Latencies();
  const measured: Measured = { check, latencies, numbers: 0, failed: 0, reason: undefined };
  const [one, other] = [new Conversation(measured, 0x03, 1), new Conversation(measured, 0x03, 1)];
  return { measured, one, other };
}

function receive(conversation: Conversation, numbers: readonly number[], nowMs = 0): boolean {
  const bytes = Buffer.from(numbers.map((number) => `${number}\x03`).join(''));
  return conversation.receive(bytes, bytes.length, nowMs);
}

test('replies answer requests in order, and connections take turns', () => {
  const { measured, one, other } = twoConversations();
  one.asked(3, 0, 0);
  other.asked(2, 0, 0);
  assert.ok(receive(other, [2, 3]));
  assert.ok(receive(one, [1, 4]));
  one.asked(1, 0, 0);
  assert.equal(one.floor, 0, 'of the oldest request');
  assert.ok(receive(one, [5, 6]));
  assert.deepEqual([measured.numbers, one.inFlight, one.floor], [6, 0, undefined]);
  assert.equal(measured.check.violation, undefined);
});

test('a number below what had come when its own request was sent is found, in one run too', () => {
  const { measured, one, other } = twoConversations();
  one.asked(1, 0, 0);
  other.asked(1, 0, 0);
  receive(other, [10]);
  one.asked(1, 0, 0);
  receive(one, [8, 9]);
  assert.equal(measured.check.violation, '9 came for a request that was sent after 10 had come');
});

test('numbers that go back on one connection are found', () => {
  const { measured, one } = twoConversations();
  one.asked(2, 0, 0);
  receive(one, [5, 4]);
  assert.equal(measured.check.violation, '4 came for a request that was sent after 5 had come');
});

test('more replies than requests are refused, and no replies', () => {
  const { one, other } = twoConversations();
  one.asked(1, 0, 0);
  assert.equal(receive(one, [1, 2]), false);
  assert.equal(receive(one, [3]), false);
  other.asked(1, 0, 0);
  assert.equal(other.receive(Buffer.from('x'), 1, 0), false);
});

test('latencies count from when each request was due', () => {
  const { measured, one } = twoConversations();
  one.asked(4, 100, 10);
  receive(one, [1], 140);
  receive(one, [2, 3, 4], 140);
  assert.equal(measured.latencies.maxMs, 40);
  assert.ok(Math.abs(measured.latencies.percentileMs(0.25) - 10) < 0.3);
  assert.ok(Math.abs(measured.latencies.percentileMs(0.5) - 20) < 0.5);
});
