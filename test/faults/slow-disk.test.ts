/** A disk that flushes slowly: in steady state no request waits for it, and none is ever refused. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultyDisk } from '../simulation/faulty-disk.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { ask, Clients, isWhole } from '../support/processes/one-shot-client.js';
import { statusOf } from '../support/processes/status.js';
import { until } from '../support/processes/txnid-process.js';

const disk = new FaultyDisk();
const environment = disk.environment;
const flushMs = 50;
const warmUpMs = 1200;
const measuredMs = 1200;

/** Waits of requests as long as half a flush, out of all. */
interface Waits {
  readonly long: number;
  readonly all: number;
}

test(`at increment 32767 a flush of ${flushMs} ms holds up no request in steady state`, async (t) => {
  // Others share this machine: what only one comparison in three shows is theirs.
  for (let attempt = 1; ; attempt++) {
    const fast = await measure();
    disk.break(`slow ${flushMs}`);
    const slow = await measure();
    disk.mend();
    t.diagnostic(`long waits: ${JSON.stringify({ fast, slow })}`);
    // Were requests bound by the flush, each of the dozens of flushes would hold up every client once.
    const isHeldUp = slow.long > fast.long + 8 || slow.all < fast.all / 2;
    if (!isHeldUp) return;
    assert.ok(attempt < 3, 'requests wait for the flush');
  }
});

async function measure(): Promise<Waits> {
  const instance = await newInstance('-increment', '32767');
  const daemon = await Daemon.start(instance, { environment });
  const warmUp = new Clients(instance.port, 2);
  await sleep(warmUpMs);
  await warmUp.stop();
  const waits = await Promise.all([waitsOf(instance.port), waitsOf(instance.port)]);
  assert.equal((await daemon.stop()).code, 0);
  return waits.reduce((a, b) => ({ long: a.long + b.long, all: a.all + b.all }));
}

async function waitsOf(port: number): Promise<Waits> {
  let long = 0;
  let all = 0;
  const endMs = performance.now() + measuredMs;
  for (let nowMs = 0; nowMs < endMs; ) {
    const startMs = performance.now();
    const { text } = await ask(port);
    nowMs = performance.now();
    assert.ok(isWhole(text));
    all++;
    if (nowMs - startMs >= flushMs / 2) long++;
  }
  return { long, all };
}

test('while a flush takes 4 s requests wait, none is refused, and the stop is clean', async () => {
  const instance = await newInstance('-increment', '32767');
  const daemon = await Daemon.start(instance, { environment });
  disk.break('slow 4000');
  const clients = new Clients(instance.port, 4);
  await until(() => hasStalled(clients), 'clients wait for the flush');
  const countBefore = clients.count;
  await until(() => clients.count > countBefore, 'they go on when the flush is through');
  assert.equal(clients.empty, 0, 'none is refused');
  const ended = daemon.stop();
  await sleep(100);
  disk.mend();
  assert.equal((await ended).code, 0);
  await clients.stop();
  assert.deepEqual(clients.broken, []);
  const { clean, next } = await statusOf(instance.confdir);
  const numbers = [daemon.first, ...clients.numbers.flat()];
  assert.equal(clean, true);
  assert.equal(BigInt(next), 1n + 32767n * BigInt(numbers.length), 'nothing is burnt');
});

/** Whether clients that got numbers before get none for a while. */
async function hasStalled(clients: Clients): Promise<boolean> {
  const before = clients.count;
  await sleep(300);
  return before > 0 && clients.count === before;
}
