import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Seeded } from '../support/fixtures/seeded.js';
import { buildLibraries } from './cluster.js';
import { faultNames } from './faults.js';
import { planOf } from './plan.js';
import { tortureRound } from './round.js';

/** Each of them takes until the next refresh of the lock, seconds: one sort is enough here. */
const slowFaults = ['lock made again', 'lock with a future time'];
const faults = faultNames.faults.filter((fault) => !slowFaults.includes(fault));
const smoke = { ...faultNames, faults, stepsOfEach: 2, pauseMsMax: 100 };

test('a cluster comes through a short torture without a number twice or out of order', async (t) => {
  const { seed } = new Seeded();
  t.diagnostic(`seed ${seed}`);
  const plan = planOf(seed, smoke);
  const verdict = await tortureRound(plan, buildLibraries());
  const { numbers, history, evidence } = verdict;
  assert.deepEqual(
    verdict.faults,
    [],
    `seed ${seed}, kept in ${evidence}:\n${history.lines.join('\n')}`,
  );
  assert.ok(numbers > 5000n, `${numbers} numbers are too few to show anything`);
  const causedInAll = new Set(plan.members.flatMap(({ steps }) => steps.map(({ fault }) => fault)));
  const seen = [...causedInAll].filter((fault) => history.caused(fault) > 0);
  assert.ok(seen.length >= causedInAll.size / 2, history.summary().join('\n'));
  if (history.impossible.length > 0) t.diagnostic(`not possible here: ${history.impossible}`);
  t.diagnostic(`${numbers} numbers, increment ${plan.increment}`);
});
