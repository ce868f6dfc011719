import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionPlaces } from '../../src/server/session-places.js';

test('places go to the thread that has the fewest, and end at the limit of all', () => {
  const places = SessionPlaces.allocate(3, 5);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => places.take()),
    [0, 1, 2, 0],
  );
  places.giveBack(1);
  assert.equal(places.take(), 1);
  assert.equal(places.take(), 1);
  assert.equal(places.take(), undefined);
  places.giveBack(0);
  assert.equal(places.take(), 0);
});

test('all threads see the same places', () => {
  const places = SessionPlaces.allocate(1, 1);
  assert.equal(new SessionPlaces(places.memory, 1).take(), 0);
  assert.equal(places.take(), undefined);
});

test('a place that nobody has taken cannot be given back', () => {
  const places = SessionPlaces.allocate(2, 5);
  places.take();
  assert.throws(() => places.giveBack(1), /thread 1 gave back a place that it did not have/);
  assert.equal(places.taken, 1);
});
