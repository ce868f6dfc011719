import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionSlots } from '../../../src/server/session/slots.js';

test('slots go to the thread that has the fewest, and end at the limit of all', () => {
  const slots = SessionSlots.allocate(3, 5);
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
  const slots = SessionSlots.allocate(1, 1);
  assert.equal(new SessionSlots(slots.memory, 1).take(), 0);
  assert.equal(slots.take(), undefined);
});

test('a slot that nobody has taken cannot be given back', () => {
  const slots = SessionSlots.allocate(2, 5);
  slots.take();
  assert.throws(() => slots.release(1), /thread 1 gave back a slot that it did not have/);
  assert.equal(slots.taken, 1);
});
