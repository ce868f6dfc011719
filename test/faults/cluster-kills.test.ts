/**
 * Instances of one cluster that crash one by one while the others run: they never meet, whatever the
 * increment. TXNID_TEST_KILLS makes the clusters whole and the run long.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from '../simulation/ledger.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { Clients } from '../support/processes/one-shot-client.js';

const isLong = process.env.TXNID_TEST_KILLS !== undefined;
const roundsInAll = isLong ? 100 : 4;
const instancesMax = isLong ? 10 : 3;
const longestRunMs = 60;
/** Leaves a small machine some time for the daemons. */
const clientPauseMs = isLong ? 0 : 2;

class Member {
  #daemon: Daemon | undefined;
  #clients: Clients | undefined;

  constructor(
    readonly number: number,
    readonly instance: Instance,
  ) {}

  async start(): Promise<void> {
    this.#daemon = await Daemon.start(this.instance);
    this.#clients = new Clients(this.instance.port, 2, clientPauseMs);
  }

  /** Ends with SIGKILL, and tells the ledger all that this run has handed out. */
  async crash(ledger: Ledger): Promise<void> {
    if (this.#daemon === undefined || this.#clients === undefined) return;
    await this.#daemon.kill();
    await this.#clients.stop();
    assert.deepEqual(this.#clients.broken, []);
    ledger.add(this.number, [[this.#daemon.first], ...this.#clients.numbers]);
  }
}

for (const increment of [3, 5, 7, 10, 32767]) {
  test(`staggered crashes at increment ${increment} never meet`, async (t) => {
    const random = new Seeded();
    t.diagnostic(`seed ${random.seed}`);
    const ledger = new Ledger(increment);
    const members = await cluster(increment);
    await Promise.all(members.map((member) => member.start()));
    for (let round = 0; round < roundsInAll; round++) {
      const member = members[random.below(members.length)];
      await sleep(random.below(longestRunMs));
      await member?.crash(ledger);
      await member?.start();
    }
    for (const member of members) await member.crash(ledger);
    ledger.assertSound(`increment ${increment}, seed ${random.seed}`);
    t.diagnostic(`${ledger.count} numbers of ${members.length} instances`);
  });
}

async function cluster(increment: number): Promise<Member[]> {
  const members: Member[] = [];
  for (let number = 1; number <= Math.min(increment, instancesMax); number++) {
    const flags = ['-instance', String(number), '-increment', String(increment), '-threads', '1'];
    members.push(new Member(number, await newInstance(...flags)));
  }
  return members;
}
