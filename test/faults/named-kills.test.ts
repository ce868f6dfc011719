/**
 * A hundred sequences under load at once, SIGKILL and stops at any moment: of none a number twice, none off its
 * progression, order kept. TXNID_TEST_KILLS sets how many runs, TXNID_TEST_SEED repeats one.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../src/client/client.js';
import { Ledger } from '../simulation/ledger.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { Daemon } from '../support/processes/daemon.js';
import { type NamedInstance, namedInstance } from '../support/processes/named-instance.js';

const runs = Math.ceil(Number(process.env.TXNID_TEST_KILLS ?? 24) / 5);
const increment = 3;
const clients = 3;
const askersPerClient = 16;
const longestRunMs = 400;
const names = Array.from({ length: 100 }, (_, index) => `sequence-${index}`);

test(`${runs} kills and stops with 100 sequences under load never repeat a number of any`, async (t) => {
  const random = new Seeded();
  t.diagnostic(`seed ${random.seed}`);
  const instance = await namedInstance(
    names,
    '-increment',
    String(increment),
    '-mark-every',
    '100',
  );
  const ledgers = new Map(names.map((name) => [name, new Ledger(increment)]));
  for (let run = 0; run < runs; run++) {
    const daemon = await Daemon.start(instance);
    const asking = Array.from({ length: clients }, () => askAll(instance, random));
    await sleep(100 + random.below(longestRunMs));
    const isKill = random.below(4) > 0;
    const { code, stderr } = await (isKill ? daemon.kill() : daemon.stop());
    assert.equal(code, isKill ? null : 0, stderr);
    const got = await Promise.all(asking);
    for (const name of names) {
      ledgers.get(name)?.add(
        1,
        got.map((numbers) => numbers.get(name) ?? []),
      );
    }
  }
  let count = 0;
  for (const [name, ledger] of ledgers) {
    ledger.assertSound(`${name}, seed ${random.seed}`);
    count += ledger.count;
  }
  const asked = [...ledgers.values()].filter((ledger) => ledger.count > 0).length;
  t.diagnostic(`${count} numbers of ${asked} sequences`);
  assert.ok(asked > names.length / 2, `only ${asked} sequences were asked`);
});

/** Asks sequences at random until the server is gone; what came of each. */
async function askAll(
  { sessionPort: port }: NamedInstance,
  random: Seeded,
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const client = await connect({ host: '127.0.0.1', port });
  /** In the order asked, which is that of the replies: a range and a number may be told in another one. */
  const numbers = new Map(names.map((name) => [name, [] as bigint[][]]));
  const ask = async (): Promise<void> => {
    for (;;) {
      const name = names[random.below(names.length)] ?? '';
      const sequence = client.sequence(name);
      const isRange = random.below(8) === 0;
      const got: bigint[] = [];
      numbers.get(name)?.push(got);
      if (isRange) got.push(...(await sequence.take(5)));
      else got.push(await sequence.next());
    }
  };
  await Promise.allSettled(Array.from({ length: askersPerClient }, ask));
  await client.close();
  return new Map([...numbers].map(([name, own]) => [name, own.flat()]));
}
