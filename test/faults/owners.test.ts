/** One owner at a time: two starts at once, a stopped owner, an owner that was killed. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { Ledger } from '../simulation/ledger.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { Clients } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { type Ended, runTxnid, TxnidProcess, until } from '../support/processes/txnid-process.js';

const rounds = 4;
const starters = 3;

/** Starts several at once; the one that serves, and how the others ended. */
async function race(instance: Instance): Promise<{ winner: TxnidProcess; losers: Ended[] }> {
  const processes = Array.from(
    { length: starters },
    () => new TxnidProcess([...instance.values, '-v']),
  );
  const isServing = ({ stdout }: TxnidProcess) => stdout.includes('one-shot port');
  await until(
    () => processes.filter((one) => one.hasEnded).length >= starters - 1,
    'all but one end',
  );
  const winner = processes.find((one) => !one.hasEnded);
  assert.ok(winner !== undefined, 'one of them stays');
  await until(() => isServing(winner), 'it serves');
  const losers = await Promise.all(
    processes.filter((one) => one !== winner).map((one) => one.ended),
  );
  return { winner, losers };
}

function assertLost({ code, stderr }: Ended, winner: number): void {
  assert.equal(code, 75, stderr);
  assert.match(stderr, new RegExp(`^txnid: Cannot use .* locked by process ${winner}: .+$`, 'm'));
}

test('of several first starts at once exactly one serves, and the others name it', async () => {
  for (let round = 0; round < rounds; round++) {
    const { winner, losers } = await race(await newInstance('-threads', '1'));
    for (const loser of losers) assertLost(loser, winner.pid);
    assert.equal((await winner.end()).code, 0);
  }
});

test('of several starts at once after a crash exactly one serves, and no number comes twice', async () => {
  const instance = await newInstance('-threads', '1');
  const ledger = new Ledger(1);
  for (let round = 0; round < rounds; round++) {
    const { winner, losers } = await race(instance);
    for (const loser of losers) assertLost(loser, winner.pid);
    const clients = new Clients(instance.port, 2);
    await until(() => clients.count > 20, 'numbers');
    await winner.end('SIGKILL');
    await clients.stop();
    ledger.add(1, clients.numbers);
  }
  ledger.assertSound('one owner at a time');
});

test('a stopped owner keeps every other start out', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  daemon.process.signal('SIGSTOP');
  const locked = new RegExp(`locked by process ${daemon.process.pid}:`);
  assertRefused(await runTxnid(instance.values), 75, locked);
  for (const command of [
    ['accept', '-increment', '2'],
    ['advance', '1000'],
  ]) {
    assertRefused(await runTxnid([...command, ...instance.values]), 75, locked);
  }
  daemon.process.signal('SIGCONT');
  assert.equal((await daemon.stop()).code, 0);
});

test('a start after SIGKILL waits for nothing: it takes no longer than one after a clean stop', async (t) => {
  const instance = await newInstance();
  const afterStop: number[] = [];
  const afterKill: number[] = [];
  await (await Daemon.start(instance)).stop();
  // The best of each, in turn, and of more where others on this machine were in the way.
  const isAsQuick = () => Math.min(...afterKill) < 2 * Math.min(...afterStop);
  for (let round = 0; round < 4 || (round < 16 && !isAsQuick()); round++) {
    const first = await Daemon.start(instance);
    afterStop.push(Math.round(first.readyMs));
    await first.kill();
    const second = await Daemon.start(instance);
    afterKill.push(Math.round(second.readyMs));
    await second.stop();
  }
  t.diagnostic(`first number after ${afterStop.join(', ')} ms, and ${afterKill.join(', ')} ms`);
  assert.ok(isAsQuick());
});
