/** The check must be silent about a true server, and find each kind of lie: the canaries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberCheck } from '../../src/bench/number-check.js';
import { numberMax } from '../../src/sequence/progression.js';
import { Seeded } from '../support/fixtures/seeded.js';

const lowScale = 10n ** 9n;

function take(check: NumberCheck, number: bigint, floor = 0): void {
  const index = check.indexOf(Number(number / lowScale), Number(number % lowScale));
  if (!Number.isNaN(index)) check.take(index, 1, floor);
}

/** What is said of numbers that answer requests which were all sent before any of them came. */
function violationOf(after: bigint, step: number, numbers: readonly bigint[]) {
  const check = new NumberCheck({ after, step });
  for (const number of numbers) take(check, number);
  return check.violation;
}

test('numbers of a progression in any order, once each, are as they should be', () => {
  assert.equal(violationOf(7n, 3, [16n, 10n, 13n, 22n, 19n]), undefined);
  const end = numberMax - 3n;
  assert.equal(violationOf(end, 1, [numberMax, numberMax - 1n, numberMax - 2n]), undefined);
});

const lies = [
  [[8n, 9n, 8n], /^8 was handed out twice$/],
  [[7n], /^7 was handed out twice$/],
  [[6n], /^6 came for a request that was sent after 7 had come$/],
  [[numberMax + 1n], /^18446744073709551615 is (larger|too far)/],
  [[10n ** 18n], /^1000000000000000000 is too far from the others/],
] as const;

for (const [numbers, expected] of lies) {
  test(`a planted fault is found: ${numbers}`, () => {
    assert.match(violationOf(7n, 1, numbers) ?? '', expected);
  });
}

test('a number that is larger than any may be is found', () => {
  assert.match(violationOf(numberMax - 1n, 1, [numberMax + 1n]) ?? '', /larger than any may be/);
});

test('a number off the progression is found', () => {
  assert.match(violationOf(7n, 3, [10n, 14n]) ?? '', /^14 is not of the progression/);
});

test('a number that is not above those that came before its request is found', () => {
  const check = new NumberCheck({ after: 0n, step: 1 });
  take(check, 20n);
  take(check, 15n, 0);
  assert.equal(check.violation, undefined, 'its request was in flight already');
  take(check, 16n, check.highest);
  assert.equal(check.violation, '16 came for a request that was sent after 20 had come');
});

test('a planted repetition is found among random gaps, also of what was forgotten', () => {
  const seeded = new Seeded();
  const check = new NumberCheck({ after: 0n, step: 1 });
  const window = 100;
  const numbers: number[] = [];
  for (let number = 1; number < 30_000; number += 1 + seeded.below(3)) numbers.push(number);
  for (const number of numbers) {
    check.take(number, 1, Math.max(0, number - window));
    check.tidy(() => Math.max(0, number - window));
    assert.ok(check.gaps <= 8192, 'what no request can reach is forgotten');
  }
  assert.equal(check.violation, undefined, `seed ${seeded.seed}`);
  const repeated = numbers[seeded.below(numbers.length)] ?? 1;
  check.take(repeated, 1, Math.max(0, 30_000 - window));
  assert.match(check.violation ?? '', new RegExp(`^${repeated} (was handed|came for)`));
});
