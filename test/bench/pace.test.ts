import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../src/bench/pace.js';

test('with a rate, requests are due at their times, however late they are asked for', () => {
  const pace = new Pace(100, 1000);
  assert.deepEqual(pace.due(1000), { count: 1, sinceMs: 1000, spacingMs: 10 });
  pace.sent(1);
  assert.deepEqual(pace.due(1009), { count: 0, sinceMs: 1010, spacingMs: 10 });
  assert.deepEqual(pace.due(1055), { count: 5, sinceMs: 1010, spacingMs: 10 });
  pace.sent(2);
  assert.deepEqual(pace.due(1055), { count: 3, sinceMs: 1030, spacingMs: 10 });
  assert.equal(pace.behind, 3);
});

test('it waits for the next one that is due, and not too long', () => {
  const pace = new Pace(100, 1000);
  pace.sent(1);
  assert.equal(pace.waitMs(1000, 20), 9);
  assert.equal(pace.waitMs(1009, 20), 0);
  assert.equal(pace.waitMs(1500, 20), 0);
  assert.equal(new Pace(1, 1000).waitMs(900, 20), 20);
});

test('without a rate, whatever has room is due now', () => {
  const pace = new Pace(undefined, 1000);
  pace.sent(1_000_000);
  const due = { count: Number.POSITIVE_INFINITY, sinceMs: 1234, spacingMs: 0 };
  assert.deepEqual(pace.due(1234), due);
  assert.equal(pace.behind, 0);
});
