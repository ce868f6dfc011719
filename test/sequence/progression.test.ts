import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { larger } from '../../src/sequence/order.js';
import {
  boundAbove,
  boundAtOrAbove,
  endBound,
  endIndex,
  indexAtOrAbove,
  limitIndex,
  numberAt,
  numberMax,
  type Progression,
  resumeIndex,
} from '../../src/sequence/progression.js';

const increments = [1n, 2n, 3n, 5n, 7n, 10n, 32766n, 32767n];
const instances = [0n, 1n, 2n, 65n, 32766n, 32767n];
const progressions = fc.record({
  instance: fc.oneof(fc.constantFrom(...instances), fc.bigInt({ min: 0n, max: 32767n })),
  increment: fc.oneof(fc.constantFrom(...increments), fc.bigInt({ min: 1n, max: 32767n })),
  max: fc.oneof(fc.constant(numberMax), fc.bigInt({ min: 1n, max: 300_000n })),
});
const smallProgressions = progressions.map((one) => ({ ...one, max: 300_000n }));

/** All numbers of a progression up to `last`, counted one by one. */
function numbersUpTo({ instance, increment }: Progression, last: bigint): bigint[] {
  const numbers: bigint[] = [];
  for (let number = instance; number <= last; number += increment) numbers.push(number);
  return numbers;
}

test('number k is instance + k * increment, in 64 bits and beyond 2^53', () => {
  const progression = { instance: 2n, increment: 3n, max: numberMax };
  assert.equal(numberAt(progression, 0n), 2n);
  assert.equal(numberAt(progression, 2n ** 53n), 2n + 3n * 2n ** 53n);
});

test('the index at or above a number is that of counting up to it', () => {
  fc.assert(
    fc.property(smallProgressions, fc.bigInt({ min: 0n, max: 200_000n }), (progression, number) => {
      const below = numbersUpTo(progression, number - 1n).length;
      assert.equal(indexAtOrAbove(progression, number), BigInt(below));
    }),
  );
});

test('the index at or above a number names the smallest such number, up to the end of 64 bits', () => {
  fc.assert(
    fc.property(progressions, fc.bigInt({ min: 0n, max: 2n ** 64n }), (progression, number) => {
      const index = indexAtOrAbove(progression, number);
      assert.ok(numberAt(progression, index) >= number);
      assert.ok(index === 0n || numberAt(progression, index - 1n) < number);
      assert.equal(indexAtOrAbove(progression, numberAt(progression, index)), index);
    }),
  );
});

test('the end comes right after the last number at or below max', () => {
  fc.assert(
    fc.property(progressions, (progression) => {
      const end = endIndex(progression);
      assert.ok(numberAt(progression, end) > progression.max);
      assert.ok(end === 0n || numberAt(progression, end - 1n) <= progression.max);
      assert.ok(end <= 2n ** 64n - 1n, 'an index has to fit into 64 bits');
    }),
  );
});

test('a max below the instance leaves no number at all', () => {
  const progression = { instance: 32767n, increment: 1n, max: 32766n };
  assert.equal(endIndex(progression), 0n);
  assert.equal(limitIndex(progression, 65536n), 0n);
  assert.equal(endIndex({ ...progression, max: 32767n }), 1n);
});

test('at the end of 64 bits the last number is at most 2^64 - 2', () => {
  for (const increment of increments) {
    for (const instance of instances) {
      const progression = { instance, increment, max: numberMax };
      const last = numberAt(progression, endIndex(progression) - 1n);
      assert.ok(last <= 2n ** 64n - 2n && last > 2n ** 64n - 2n - increment);
    }
  }
  assert.equal(endBound({ instance: 0n, increment: 1n, max: numberMax }), 2n ** 64n);
});

test('what a bound covers is below the bound and not above max', () => {
  const highs = fc.bigInt({ min: 0n, max: 2n ** 48n });
  fc.assert(
    fc.property(progressions, highs, (progression, high) => {
      const bound = high << 16n;
      const limit = limitIndex(progression, bound);
      if (limit > 0n) {
        const last = numberAt(progression, limit - 1n);
        assert.ok(last < bound && last <= progression.max);
      }
      const next = numberAt(progression, limit);
      assert.ok(next >= bound || next > progression.max);
    }),
  );
});

test('a bound above a number is the next multiple of 65536, above the number itself', () => {
  assert.equal(boundAbove(0n), 65536n);
  assert.equal(boundAbove(65535n), 65536n);
  assert.equal(boundAbove(65536n), 131072n);
  assert.equal(boundAbove(numberMax), 2n ** 64n);
});

test('a bound at or above a number is the next multiple of 65536, or the number itself', () => {
  assert.equal(boundAtOrAbove(0n), 0n);
  assert.equal(boundAtOrAbove(1n), 65536n);
  assert.equal(boundAtOrAbove(65536n), 65536n);
  assert.equal(boundAtOrAbove(65537n), 131072n);
  assert.equal(boundAtOrAbove(numberMax), 2n ** 64n);
});

test('after a crash it goes on at the smallest number at or above bound + instance', () => {
  fc.assert(
    fc.property(smallProgressions, fc.bigInt({ min: 0n, max: 3n }), (progression, high) => {
      const bound = high << 16n;
      const found = numberAt(progression, resumeIndex(progression, bound));
      const least = bound + progression.instance;
      assert.equal(
        found,
        numbersUpTo(progression, least + progression.increment).find((number) => number >= least),
      );
    }),
  );
});

test('instances of a cluster never meet, however often each of them crashes', () => {
  for (const increment of [3n, 5n, 7n]) {
    const resumed = [0n, 1n, 2n].map((instance) => {
      const progression = { instance, increment, max: numberMax };
      const highs = Array.from({ length: 50 }, (_, high) => BigInt(high) << 16n);
      return highs.map((bound) => numberAt(progression, resumeIndex(progression, bound)));
    });
    for (const [instance, numbers] of resumed.entries()) {
      for (const number of numbers) assert.equal(number % increment, BigInt(instance));
    }
  }
});

/** The first numbers of each instance of a cluster after all of them were advanced to `from`. */
function clusterNumbers(increment: bigint, from: bigint): bigint[] {
  const instances = Array.from({ length: Number(increment) }, (_, index) => BigInt(index + 1));
  return instances.flatMap((instance) => {
    const progression = { instance, increment, max: numberMax };
    const index = indexAtOrAbove(progression, from);
    return Array.from({ length: 40 }, (_, count) => numberAt(progression, index + BigInt(count)));
  });
}

test('a cluster of another increment never meets the old one above all its bounds (config/runbook.md)', () => {
  const sizes = fc.bigInt({ min: 1n, max: 9n });
  const repeats = (before: bigint, after: bigint, from: bigint): boolean => {
    const numbers = [...clusterNumbers(before, 0n), ...clusterNumbers(after, from)];
    return new Set(numbers).size < numbers.length;
  };
  fc.assert(
    fc.property(sizes, sizes, (before, after) => {
      const bound = boundAbove(
        clusterNumbers(before, 0n).reduce((one, other) => larger(one, other)),
      );
      assert.equal(repeats(before, after, bound), false);
    }),
  );
  assert.equal(repeats(2n, 3n, 41n), true, 'without going above all of them they do meet');
});
