import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Plan, planOf } from './plan.js';

const faults = ['kill', 'stop', 'pause', 'slow'];
const options = { faults, diskFaults: ['full'], stepsOfEach: 2, pauseMsMax: 300 };

function faultsOf({ members }: Plan): string[] {
  return members.flatMap(({ steps }) => steps.map(({ fault }) => fault));
}

test('a seed gives the same plan again, and another one another', () => {
  assert.deepEqual(planOf(7, options), planOf(7, options));
  assert.notDeepEqual(planOf(7, options), planOf(8, options));
});

test('every fault has its turn, and those of a disk befall only who has one', () => {
  for (let seed = 0; seed < 100; seed++) {
    const plan = planOf(seed, { ...options, stepsOfEach: 3 });
    const [first, ...others] = plan.members;
    assert.ok(first?.steps.some(({ fault }) => fault === 'full'));
    assert.ok(others.every(({ steps }) => steps.every(({ fault }) => fault !== 'full')));
    for (const fault of faults) assert.ok(faultsOf(plan).includes(fault), `${seed}: ${fault}`);
  }
});

test('seeds together use every increment, with fewer instances than it has room for', () => {
  const plans = Array.from({ length: 50 }, (_, seed) => planOf(seed, options));
  const increments = new Set(plans.map(({ increment }) => increment));
  assert.deepEqual(
    [...increments].sort((a, b) => a - b),
    [5, 7, 32_767],
  );
  for (const { members, increment } of plans) {
    assert.deepEqual(
      members.map(({ instance }) => instance),
      [1, 2, 3, 4, 5],
    );
    assert.ok(members.every(({ instance }) => instance <= increment));
  }
});
