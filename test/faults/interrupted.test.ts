/** SIGKILL and SIGTERM in the middle of a first start, a stop, a decision: nothing stands in the way after. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from '../simulation/ledger.js';
import { auditLines } from '../support/fixtures/audit-lines.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { Clients } from '../support/processes/one-shot-client.js';
import { statusOf } from '../support/processes/status.js';
import { TxnidProcess, until } from '../support/processes/txnid-process.js';

const rounds = Math.ceil(Number(process.env.TXNID_TEST_KILLS ?? 24) / 12);

function seeded(t: TestContext): Seeded {
  const random = new Seeded();
  t.diagnostic(`seed ${random.seed}`);
  return random;
}

/** Starts a process, and signals it once its confdir is there and `delayMs` later at most. */
async function interrupt(instance: Instance, delayMs: number, signal: NodeJS.Signals) {
  const process = new TxnidProcess(instance.values);
  await until(() => existsSync(instance.confdir) || process.hasEnded, 'the confdir is made');
  await sleep(delayMs);
  return await process.end(signal);
}

test('a kill at any moment of the first start leaves nothing in the way of the next', async (t) => {
  const random = seeded(t);
  for (let round = 0; round < rounds; round++) {
    const instance = await newInstance('-threads', '1');
    await interrupt(instance, random.below(40), 'SIGKILL');
    const daemon = await Daemon.start(instance);
    assert.equal((await daemon.stop()).code, 0);
    assert.equal(existsSync(join(instance.confdir, 'txnid.dat.new')), false);
    assert.ok(auditLines(instance.confdir).length >= 2);
  }
});

test('a stop at any moment of a start is clean, and hands out nothing twice', async (t) => {
  const random = seeded(t);
  const instance = await newInstance('-threads', '1');
  const ledger = new Ledger(1);
  for (let round = 0; round < rounds; round++) {
    const starting = new TxnidProcess(instance.values);
    await sleep(random.below(250));
    const { code, signal } = await starting.end('SIGTERM');
    // Before the program runs at all, SIGTERM does what it does by default.
    assert.ok(code === 0 || signal === 'SIGTERM', `${code} ${signal}`);
    const daemon = await Daemon.start(instance);
    await daemon.stop();
    ledger.add(1, [[daemon.first]]);
    assert.equal(daemon.first, BigInt(round + 1), 'and burns nothing');
  }
  ledger.assertSound('stops during the start');
});

test('a kill in the middle of a clean stop repeats nothing', async (t) => {
  const random = seeded(t);
  const instance = await newInstance('-increment', '32767');
  const ledger = new Ledger(32767);
  for (let round = 0; round < rounds; round++) {
    const daemon = await Daemon.start(instance);
    const clients = new Clients(instance.port, 3);
    await sleep(20);
    daemon.process.signal('SIGTERM');
    await sleep(random.below(20));
    await daemon.kill();
    await clients.stop();
    assert.deepEqual(clients.broken, []);
    ledger.add(1, [[daemon.first], ...clients.numbers]);
  }
  ledger.assertSound('kills during the stop');
});

for (const words of [
  ['advance', '1000003'],
  ['accept', '-instance', '3', '-increment', '10'],
]) {
  test(`a kill in the middle of ${words[0]} leaves the old state or the new one`, async (t) => {
    const random = seeded(t);
    for (let round = 0; round < rounds; round++) {
      const instance = await newInstance('-threads', '1');
      await (await Daemon.start(instance)).stop();
      const deciding = new TxnidProcess([...words, ...instance.values]);
      await sleep(60 + random.below(120));
      await deciding.end('SIGKILL');
      const { next, clean, parameters } = await statusOf(instance.confdir);
      const isNew = parameters.increment === 10 || next === '1000003';
      assert.ok(isNew || next === '2' || !clean, `next is ${next}`);
      const values = parameters.increment === 10 ? words.slice(1) : [];
      const daemon = await Daemon.start(instance, { values });
      assert.ok(daemon.first > 1n);
      await daemon.stop();
      auditLines(instance.confdir);
    }
  });
}
