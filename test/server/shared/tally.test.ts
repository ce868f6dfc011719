import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from '../../../src/server/shared/tally.js';

test('a sum is over all threads, and of one cell only', () => {
  const tally = Tally.allocate(3);
  for (const thread of [0, 1, 2]) tally.ofThread(thread).add('numbers', 10 ** thread);
  tally.ofThread(2).add('sequence_end', 7);
  tally.ofThread(0).add('numbers', 5);
  assert.deepEqual(
    [tally.sum('numbers'), tally.sum('sequence_end'), tally.sum('sessions')],
    [116, 7, 0],
  );
});

test('whoever has the memory sees the counts', () => {
  const tally = Tally.allocate(1);
  new Tally(tally.memory).ofThread(0).add('sessions', 2);
  assert.equal(tally.sum('sessions'), 2);
});
