/** The judgement of a changing load finds what it is there for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './changing-load.js';

const receipts = (...given: [asked: bigint, came: bigint, number: bigint][]) => ({
  asked: given.map(([asked]) => asked),
  came: given.map(([, came]) => came),
  numbers: given.map(([, , number]) => number),
  add: () => {},
});

test('numbers of requests that overlap may come in any order', () => {
  judge(receipts([1n, 5n, 12n], [2n, 4n, 10n], [4n, 6n, 11n], [6n, 7n, 13n]));
});

test('a number that came twice is found, and one that went back', () => {
  assert.throws(() => judge(receipts([1n, 2n, 10n], [3n, 4n, 10n])), /10 came twice/);
  assert.throws(() => judge(receipts([1n, 2n, 10n], [3n, 4n, 9n])), /9 was asked for after/);
});
