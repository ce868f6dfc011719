/**
 * Every interleaving of the threads of one owner over their shared counter, on the real code: see
 * test/TESTING.md. With TXNID_MODEL=deep it goes further than there is time for in the gate.
 */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ClaimingOptions, claimingModel } from './claiming.js';
import { explore } from './explore.js';

const isDeep = process.env.TXNID_MODEL === 'deep';
const statesMax = isDeep ? 10_000_000 : 300_000;

/** More than half of what an owner reserves at its start: the second claim has to wait. */
const claim = 40_000;

async function exploreAll(t: TestContext, options: ClaimingOptions, states: number) {
  const exploration = await explore(claimingModel(options), statesMax);
  t.diagnostic(`${exploration.states} states, ${exploration.steps} steps`);
  assert.ok(exploration.states >= states, `explored ${exploration.states} states, not ${states}`);
  return exploration;
}

async function assertHolds(t: TestContext, options: ClaimingOptions, states: number) {
  const { finding, isComplete } = await exploreAll(t, options, states);
  assert.equal(finding, undefined, [finding?.message, ...(finding?.schedule ?? [])].join('\n  '));
  assert.equal(isComplete, true, 'nothing was left out');
}

test('threads that claim while the owner reserves and stops get each index once, none is lost, and none sleeps for ever', async (t) => {
  await assertHolds(t, { claims: [[claim], [claim]] }, 10_000);
});

test('nor do three threads, or ones that claim again', async (t) => {
  if (!isDeep) return t.skip('with TXNID_MODEL=deep');
  await assertHolds(t, { claims: [[claim, claim], [claim]] }, 100_000);
  await assertHolds(t, { claims: [[claim], [claim], [claim]] }, 100_000);
});

test('a lease that is given back while others claim hands no index out twice', async (t) => {
  const options = { claims: [[claim]], main: { takes: 10 }, mayBurn: true };
  await assertHolds(t, options, 1000);
});

test('the checker finds an exchange that is not atomic', async (t) => {
  const options = { claims: [[claim], [claim]], broken: 'exchange' } as const;
  const { finding } = await exploreAll(t, options, 100);
  assert.match(finding?.message ?? '', /is claimed twice/);
});

test('the checker finds a wake-up that is lost', async (t) => {
  const { finding } = await exploreAll(t, { claims: [[1]], broken: 'notify' }, 100);
  assert.equal(finding?.message, 'nobody can go on');
});
