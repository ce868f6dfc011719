/**
 * SIGKILL at any moment, over and over: no number twice, none off its progression, order kept.
 * TXNID_TEST_KILLS sets how many (1000 for the long run), TXNID_TEST_SEED repeats one.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from '../simulation/ledger.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { Clients } from '../support/processes/one-shot-client.js';

const kills = Number(process.env.TXNID_TEST_KILLS ?? 24);
const killsOfEachFirst = Math.ceil(kills / 8);
const clientCount = 4;
const longestRunMs = 120;

test('the ledger finds a repeated, a foreign and a late number', () => {
  const planted: [number, bigint[][]][] = [
    [1, [[4n], [4n]]],
    [1, [[5n]]],
    [1, [[7n, 4n]]],
  ];
  for (const [instance, numbers] of planted) {
    const ledger = new Ledger(3);
    ledger.add(instance, numbers);
    assert.throws(() => ledger.assertSound('a canary'), assert.AssertionError);
  }
});

test('a crash after the very first number never repeats it', async () => {
  const instance = await newInstance();
  const ledger = new Ledger(1);
  for (let round = 0; round < killsOfEachFirst; round++) {
    const daemon = await Daemon.start(instance);
    await daemon.kill();
    ledger.add(1, [[daemon.first]]);
  }
  ledger.assertSound('one number a run');
});

test(`${kills} random kills under load never repeat a number`, async (t) => {
  const random = new Seeded();
  t.diagnostic(`seed ${random.seed}`);
  const instance = await newInstance();
  const ledger = new Ledger(1);
  for (let kill = 0; kill < kills; kill++) await runAndKill(instance, ledger, random);
  ledger.assertSound(`seed ${random.seed}`);
  assert.ok(ledger.count > kills * 5, `${ledger.count} numbers are too few to show anything`);
  t.diagnostic(`${ledger.count} numbers`);
});

async function runAndKill(instance: Instance, ledger: Ledger, random: Seeded): Promise<void> {
  const daemon = await Daemon.start(instance);
  const clients = new Clients(instance.port, clientCount);
  await sleep(random.below(longestRunMs));
  await daemon.kill();
  await clients.stop();
  assert.deepEqual(clients.broken, [], 'a kill cuts no line');
  ledger.add(1, [[daemon.first], ...clients.numbers]);
}
