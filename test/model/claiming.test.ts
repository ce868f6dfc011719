/**
 * Every interleaving of the threads of one owner over their shared counter, on the real code: see
 * test/TESTING.md. With TXNID_MODEL=deep it goes further than there is time for in the gate.
 */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Seeded } from '../support/fixtures/seeded.js';
import { type ClaimingOptions, claimingModel } from './claiming.js';
import { explore } from './explore.js';
import { walk } from './walk.js';

const isDeep = process.env.TXNID_MODEL === 'deep';
const statesMax = isDeep ? 3_000_000 : 100_000;
const walks = Number(process.env.TXNID_MODEL_WALKS ?? (isDeep ? 5000 : 20));

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

test('a thread that claims while the owner reserves and stops gets each index once, and never sleeps for ever', async (t) => {
  await assertHolds(t, { claims: [[claim, claim]] }, 500);
});

test('where no stop wakes them, threads that wait are woken by what is reserved for them', async (t) => {
  await assertHolds(t, { claims: [[claim, claim]], stopsLast: true }, 100);
  await assertHolds(t, { claims: [[claim], [claim]], stopsLast: true }, 1000);
});

test('two threads that claim at once get each index once, and a clean stop burns none', async (t) => {
  await assertHolds(t, { claims: [[10], [10]] }, 400);
  // The second of a thread goes by what it remembers of the first.
  await assertHolds(t, { claims: [[10, 10], [10]] }, 700);
  await assertHolds(t, { claims: [[10, 10, claim], [10]] }, 800);
});

test('a lease that is given back while others claim hands no index out twice', async (t) => {
  const options = { claims: [[10]], main: { takes: 10 }, mayBurn: true };
  await assertHolds(t, options, 200);
});

test('nor do two threads that both have to wait for a reservation', async (t) => {
  await assertHolds(t, { claims: [[claim], [claim]] }, 50_000);
});

test('nor do three, or ones that claim again', async (t) => {
  if (!isDeep) return t.skip('with TXNID_MODEL=deep');
  for (const claims of [
    [[claim, claim], [claim]],
    [[claim], [claim], [claim]],
  ]) {
    const { finding } = await exploreAll(t, { claims }, 50_000);
    assert.equal(finding, undefined, finding?.schedule.join('\n  '));
  }
});

test('orders of many threads, chosen by chance, hand out each index once', async (t) => {
  const seeded = new Seeded();
  t.diagnostic(`TXNID_TEST_SEED=${seeded.seed} TXNID_MODEL_WALKS=${walks}`);
  const claims = [
    [claim, claim],
    [claim, claim],
    [1, claim],
  ];
  const model = claimingModel({ claims });
  const orders = new Set<string>();
  for (let turn = 0; turn < walks; turn++) {
    const { schedule, finding } = await walk(model, (below) => seeded.below(below));
    assert.equal(finding, undefined, [finding?.message, ...schedule].join('\n  '));
    orders.add(schedule.join());
  }
  assert.ok(orders.size > walks / 2, `${orders.size} different orders`);
});

test('the checker finds an exchange that is not atomic', async (t) => {
  const options = { claims: [[claim], [claim]], broken: 'exchange' } as const;
  const { finding } = await exploreAll(t, options, 100);
  assert.match(finding?.message ?? '', /is claimed twice/);
});

test('the checker finds a wake-up that is lost', async (t) => {
  const { finding } = await exploreAll(t, { claims: [[claim, claim]], broken: 'notify' }, 100);
  assert.equal(finding?.message, 'nobody can go on');
});
