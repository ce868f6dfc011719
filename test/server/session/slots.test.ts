import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionSlots } from '../../../src/server/session/slots.js';

test('slots go to the thread that has the fewest, and end at the limit of all', () => {
  const [slots] = SessionSlots.allocate(3, 5);
  assert.ok(slots);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => slots.take()),
    [0, 1, 2, 0],
  );
  slots.release(1);
  assert.equal(slots.take(), 1);
  assert.equal(slots.take(), 1);
  assert.equal(slots.take(), undefined);
  slots.release(0);
  assert.equal(slots.take(), 0);
});

test('all threads see the same slots', () => {
  const [slots] = SessionSlots.allocate(1, 1);
  assert.ok(slots);
  assert.equal(new SessionSlots(slots.memory, 1, 1, 0).take(), 0);
  assert.equal(slots.take(), undefined);
});

test('a slot that nobody has taken cannot be given back', () => {
  const [slots] = SessionSlots.allocate(2, 5);
  assert.ok(slots);
  slots.take();
  assert.throws(() => slots.release(1), /thread 1 gave back a slot that it did not have/);
  assert.equal(slots.taken, 1);
});

test('two ports have threads of their own, and one limit', () => {
  const [first, second] = SessionSlots.allocate(2, 5, 2);
  assert.ok(first && second);
  assert.deepEqual([first.take(), first.take(), first.take()], [0, 1, 0]);
  assert.deepEqual([second.take(), second.take(), second.take()], [0, 1, undefined]);
  assert.equal(first.take(), undefined);
  assert.throws(() => {
    second.release(0);
    second.release(0);
  }, /did not have/);
  first.release(0);
  assert.equal(second.taken, 3);
});
