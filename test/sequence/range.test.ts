import assert from 'node:assert/strict';
import { test } from 'node:test';
import { larger, smaller } from '../../src/sequence/order.js';
import { NumberRange } from '../../src/sequence/range.js';

test('a range lists its numbers, one increment apart, as often as one asks', () => {
  const range = new NumberRange(65537n, 3n, 4);
  const numbers = [65537n, 65540n, 65543n, 65546n];
  assert.deepEqual([...range], numbers);
  assert.deepEqual([...range], numbers);
  assert.equal(range.last, 65546n);
});

test('a range of one number begins and ends with it', () => {
  const range = new NumberRange(2n ** 64n - 2n, 32767n, 1);
  assert.deepEqual([...range], [2n ** 64n - 2n]);
  assert.equal(range.last, range.first);
});

test('larger and smaller order bigints over 2^53', () => {
  assert.equal(larger(2n ** 53n, 2n ** 53n + 1n), 2n ** 53n + 1n);
  assert.equal(smaller(2n ** 53n, 2n ** 53n + 1n), 2n ** 53n);
  assert.equal(larger(1n, 1n), 1n);
});
