import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyScanner } from '../../src/bench/reply-scanner.js';
import { numberMax } from '../../src/sequence/progression.js';
import { Seeded } from '../support/fixtures/seeded.js';

interface FoundRun {
  readonly first: bigint;
  readonly count: number;
}

/** What a scanner finds in pieces of text; undefined once it refuses one. */
function runsOf(pieces: readonly string[], step: number): FoundRun[] | undefined {
  const scanner = new ReplyScanner(0x03, step);
  const runs: FoundRun[] = [];
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    const isSound = scanner.scan(bytes, bytes.length, (high, low, count) =>
      runs.push({ first: BigInt(high) * 10n ** 9n + BigInt(low), count }),
    );
    if (!isSound) return undefined;
  }
  return runs;
}

function numbersOf(pieces: readonly string[], step: number): bigint[] | undefined {
  return runsOf(pieces, step)?.flatMap(({ first, count }) =>
    Array.from({ length: count }, (_, index) => first + BigInt(index * step)),
  );
}

function replies(numbers: readonly bigint[]): string {
  return numbers.map((number) => `${number}\x03`).join('');
}

test('numbers that follow each other are one run', () => {
  assert.deepEqual(runsOf(['7\x0310\x0313\x0314\x03'], 3), [
    { first: 7n, count: 3 },
    { first: 14n, count: 1 },
  ]);
});

for (const start of [0n, 97n, 10n ** 9n - 4n, 10n ** 15n - 4n, 10n ** 16n - 4n, numberMax - 8n]) {
  test(`numbers from ${start} on are found wherever the bytes are split`, () => {
    const numbers = Array.from({ length: 9 }, (_, index) => start + BigInt(index));
    const text = replies(numbers);
    for (let split = 0; split <= text.length; split++) {
      const pieces = [text.slice(0, split), text.slice(split)];
      assert.deepEqual(numbersOf(pieces, 1), numbers, `split at ${split}`);
    }
  });
}

test('a number of 16 digits is not taken for one of 15 that was expected', () => {
  const numbers = [123_456_789_012_344n, 1_234_567_890_123_450n];
  assert.deepEqual(numbersOf([replies(numbers)], 1), numbers);
});

test('random numbers come out as they went in', () => {
  const seeded = new Seeded();
  const digit = (): string => String(seeded.below(10));
  const random = (): bigint =>
    BigInt(Array.from({ length: 1 + seeded.below(20) }, digit).join('')) % numberMax;
  const numbers = Array.from({ length: 2000 }, random);
  assert.deepEqual(numbersOf([replies(numbers)], 5), numbers, `seed ${seeded.seed}`);
});

for (const text of ['\x03', '01\x03', '1\n', '-1\x03', '1+1*2\x03', '1 \x03', '1'.repeat(21)]) {
  test(`${JSON.stringify(text)} is no reply`, () => assert.equal(runsOf([text], 1), undefined));
}
