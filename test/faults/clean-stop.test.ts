/** A clean stop burns nothing, whatever the daemon is doing when it is asked to end. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultyDisk } from '../simulation/faulty-disk.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { Clients } from '../support/processes/one-shot-client.js';
import { statusOf } from '../support/processes/status.js';
import { until } from '../support/processes/txnid-process.js';

const stopLimitMs = 5_000;

/** Stops a daemon; every number is whole, and none is missing between its first and the next start. */
async function assertBurnsNothing(daemon: Daemon, clients: Clients): Promise<void> {
  const startMs = performance.now();
  const { code, signal } = await daemon.stop();
  const stopMs = performance.now() - startMs;
  await clients.stop();
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  assert.ok(stopMs < stopLimitMs, `the stop took ${stopMs} ms`);
  assert.deepEqual(clients.broken, [], 'an answer is empty or a whole line');
  const numbers = [daemon.first, ...clients.numbers.flat()].sort((a, b) => (a < b ? -1 : 1));
  const status = await statusOf(daemon.instance.confdir);
  assert.equal(status.clean, true);
  const handedOut = BigInt(status.next) - daemon.first;
  assert.equal(new Set(numbers).size, numbers.length);
  assert.equal(handedOut, BigInt(numbers.length) * increment(daemon), 'nothing is burnt');
}

function increment({ instance }: Daemon): bigint {
  const at = instance.values.indexOf('-increment');
  return at < 0 ? 1n : BigInt(instance.values[at + 1] ?? '1');
}

test('an idle daemon goes on with exactly the next number', async () => {
  const instance = await newInstance();
  for (let expected = 1n; expected < 4n; expected++) {
    const daemon = await Daemon.start(instance);
    assert.equal(daemon.first, expected);
    await assertBurnsNothing(daemon, new Clients(instance.port, 0));
  }
});

test('SIGINT stops as cleanly as SIGTERM', async () => {
  const instance = await newInstance();
  const { process } = await Daemon.start(instance);
  assert.equal((await process.end('SIGINT')).code, 0);
  assert.equal((await statusOf(instance.confdir)).next, '2');
});

test('stops under load burn nothing, with clients still connecting', async (t) => {
  const random = new Seeded();
  t.diagnostic(`seed ${random.seed}`);
  const instance = await newInstance('-increment', '7', '-threads', '3');
  for (let round = 0; round < 4; round++) {
    const daemon = await Daemon.start(instance);
    const clients = new Clients(instance.port, 6);
    await sleep(20 + random.below(150));
    await assertBurnsNothing(daemon, clients);
  }
});

test('a stop while threads wait for a reservation burns nothing and answers them with nothing', async () => {
  const disk = new FaultyDisk();
  const instance = await newInstance('-increment', '32767', '-threads', '4');
  const daemon = await Daemon.start(instance, { environment: disk.environment });
  disk.break('slow 3000');
  const clients = new Clients(instance.port, 8);
  await until(() => hasStalled(clients), 'clients wait');
  disk.mend();
  await assertBurnsNothing(daemon, clients);
});

/** Whether clients that got numbers before get none for a while. */
async function hasStalled(clients: Clients): Promise<boolean> {
  const before = clients.count;
  await sleep(150);
  return before > 0 && clients.count === before;
}

test('a second signal during the stop changes nothing', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  const clients = new Clients(instance.port, 2);
  await sleep(30);
  for (let again = 0; again < 5; again++) daemon.process.signal('SIGTERM');
  daemon.process.signal('SIGINT');
  await assertBurnsNothing(daemon, clients);
});
