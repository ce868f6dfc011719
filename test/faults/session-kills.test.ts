/**
 * Both ports under load, SIGKILL and stops at any moment: no number twice, none off its progression,
 * order kept, ranges whole. TXNID_TEST_KILLS sets how many runs, TXNID_TEST_SEED repeats one.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ledger } from '../simulation/ledger.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { Clients, freePort } from '../support/processes/one-shot-client.js';
import { areWholeReplies, SessionClient } from '../support/processes/session-client.js';

const runs = Math.ceil(Number(process.env.TXNID_TEST_KILLS ?? 24) / 5);
const sessionCount = 3;
const longestRunMs = 120;
const increment = 3;
const requests = ['\x02', '\x02'.repeat(20), '100\x02\x02', '\x077\x02'];

test(`${runs} kills and stops with both ports under load never repeat a number`, async (t) => {
  const random = new Seeded();
  t.diagnostic(`seed ${random.seed}`);
  const sessionPort = await freePort();
  const instance = await newInstance('-session-port', `${sessionPort}`, '-increment', '3');
  const ledger = new Ledger(increment);
  for (let run = 0; run < runs; run++) await serveAndEnd(instance, sessionPort, ledger, random);
  ledger.assertSound(`seed ${random.seed}`);
  assert.ok(ledger.count > runs * 50, `${ledger.count} numbers are too few to show anything`);
  t.diagnostic(`${ledger.count} numbers`);
});

async function serveAndEnd(
  instance: Instance,
  sessionPort: number,
  ledger: Ledger,
  random: Seeded,
): Promise<void> {
  const daemon = await Daemon.start(instance);
  const clients = new Clients(instance.port, 2);
  const sessions = await openSessions(sessionPort);
  await sleep(random.below(longestRunMs));
  const isKill = random.below(4) > 0;
  const { code } = await (isKill ? daemon.kill() : daemon.stop());
  assert.equal(code, isKill ? null : 0);
  await clients.stop();
  await Promise.all(sessions.map((session) => session.closed()));
  if (!isKill) for (const { received } of sessions) assert.ok(areWholeReplies(received));
  ledger.add(1, [[daemon.first], ...clients.numbers, ...sessions.map(({ numbers }) => numbers)]);
}

/** Sessions that ask again whenever they are answered. */
async function openSessions(port: number): Promise<SessionClient[]> {
  const opening = Array.from({ length: sessionCount }, () => SessionClient.open(port));
  const sessions = await Promise.all(opening);
  sessions.forEach(({ socket }, index) => {
    let turn = index;
    const ask = () => socket.write(requests[turn++ % requests.length] ?? '', 'latin1');
    socket.on('data', ask);
    ask();
  });
  return sessions;
}

test('the largest range at the largest increment is served from a fresh start, twice', async () => {
  const sessionPort = await freePort();
  const flags = ['-session-port', `${sessionPort}`, '-increment', '32767'];
  const daemon = await Daemon.start(await newInstance(...flags));
  const session = await SessionClient.open(sessionPort);
  const second = daemon.first + 32767n;
  assert.equal(await session.ask('1000000\x02'), `${second}+32767*1000000\x03`);
  const third = second + 32767n * 1_000_000n;
  const last = `${third + 32767n * 1_000_000n}\x03`;
  assert.equal(await session.ask('1000000\x02\x02', last), `${third}+32767*1000000\x03${last}`);
  assert.equal((await daemon.stop()).code, 0);
});

test('at the end of the sequence a session gets what is left, and the service ends with 69', async () => {
  const sessionPort = await freePort();
  const flags = ['-session-port', `${sessionPort}`, '-max', '6'];
  const daemon = await Daemon.start(await newInstance(...flags));
  const session = await SessionClient.open(sessionPort);
  session.send('\x02'.repeat(10));
  await session.closed();
  const expected = Array.from(
    { length: 5 - Number(daemon.first - 1n) },
    (_, index) => daemon.first + 1n + BigInt(index),
  );
  assert.deepEqual(session.numbers, expected);
  assert.equal((await daemon.process.ended).code, 69);
});
