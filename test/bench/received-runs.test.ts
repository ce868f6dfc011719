import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceivedRuns } from '../../src/bench/number-check.js';
import { Seeded } from '../support/fixtures/seeded.js';

test('every number that is there already is found, as a set would find it', () => {
  const seeded = new Seeded();
  for (let round = 0; round < 50; round++) {
    const runs = new ReceivedRuns();
    const model = new Set<number>();
    for (let turn = 0; turn < 100; turn++) {
      const first = seeded.below(300);
      const numbers = Array.from({ length: 1 + seeded.below(8) }, (_, index) => first + index);
      const twice = runs.add(first, numbers.at(-1) ?? first);
      const expected = numbers.find((number) => model.has(number));
      assert.equal(twice, expected, `seed ${seeded.seed}`);
      if (twice === undefined) for (const number of numbers) model.add(number);
    }
    const starts = [...model].filter((number) => !model.has(number - 1));
    assert.equal(runs.runs, starts.length, 'runs that touch are one');
  }
});

test('what was forgotten is not found, what lies above it is', () => {
  const runs = new ReceivedRuns();
  for (const first of [0, 10, 20]) runs.add(first, first + 4);
  runs.forget(12);
  assert.equal(runs.runs, 2);
  assert.equal(runs.add(4, 4), undefined);
  assert.equal(runs.add(11, 11), 11);
  assert.equal(runs.add(24, 24), 24);
  runs.forget(24);
  assert.equal(runs.runs, 0);
});
