import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Seeded } from '../support/seeded.js';
import { buildLibraries } from './cluster.js';
import { faultNames } from './faults.js';
import { planOf } from './plan.js';
import { tortureRound } from './round.js';

const smoke = { ...faultNames, stepsOfEach: 4, pauseMsMax: 150 };

test('a cluster comes through a short torture without a number twice or out of order', async (t) => {
  const { seed } = new Seeded();
  t.diagnostic(`seed ${seed}`);
  const plan = planOf(seed, smoke);
  const { faults, numbers, history, evidence } = await tortureRound(plan, buildLibraries());
  assert.deepEqual(faults, [], `seed ${seed}, kept in ${evidence}:\n${history.lines.join('\n')}`);
  assert.ok(numbers > 5000n, `${numbers} numbers are too few to show anything`);
  const causedInAll = new Set(plan.members.flatMap(({ steps }) => steps.map(({ fault }) => fault)));
  const seen = [...causedInAll].filter((fault) => history.caused(fault) > 0);
  assert.ok(seen.length >= causedInAll.size / 2, history.summary().join('\n'));
  if (history.impossible.length > 0) t.diagnostic(`not possible here: ${history.impossible}`);
  t.diagnostic(`${numbers} numbers, increment ${plan.increment}`);
});
