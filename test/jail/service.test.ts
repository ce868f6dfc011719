/** The service in both kinds of jail, looked at from outside. */

import assert from 'node:assert/strict';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { check } from 'proper-lockfile';
import { eventNames } from '../support/fixtures/audit-lines.js';
import { Daemon } from '../support/processes/daemon.js';
import {
  ask,
  askNumber,
  askNumbers,
  Clients,
  isWhole,
} from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { TxnidProcess, until } from '../support/processes/txnid-process.js';
import {
  jailKinds,
  limitsOf,
  needsRoot,
  newPlace,
  openDirectories,
  type Place,
  threadPlaces,
  threadStatuses,
} from './place.js';

const noCapability = '0'.repeat(16);

function assertConfined({ uid, jail }: Place, pid: number): void {
  const threads = threadStatuses(pid);
  assert.ok(threads.length > 8, 'main, workers, the pools of libuv and V8');
  for (const status of threads) {
    const who = `${status.get('Name')} ${status.get('Pid')}`;
    assert.equal(status.get('Uid'), Array(4).fill(uid).join('\t'), who);
    assert.equal(status.get('Gid'), Array(4).fill(uid).join('\t'), who);
    assert.equal(status.get('Groups')?.trim(), '', who);
    for (const name of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb']) {
      assert.equal(status.get(name), noCapability, `${name} of ${who}`);
    }
    assert.equal(status.get('NoNewPrivs'), '1', who);
    assert.equal(status.get('Seccomp'), '2', who);
  }
  assert.deepEqual(threadPlaces(pid), [jail]);
  assert.deepEqual(limitsOf(pid, 'Max core file size'), ['0', '0']);
  assert.deepEqual(limitsOf(pid, 'Max processes'), ['0', '0']);
  const outside = openDirectories(pid).filter((path) => path !== join(jail, 'txnid.dat.lock'));
  assert.deepEqual(outside, []);
}

for (const kind of jailKinds) {
  test(`in the jail ${kind}: nothing of root is left in any thread`, needsRoot, async () => {
    const place = await newPlace(kind);
    const daemon = await Daemon.start(place);
    assertConfined(place, daemon.process.pid);
    daemon.process.signal('SIGUSR1');
    await until(() => /^txnid: next \d+/m.test(daemon.process.stderr), 'a line of status');
    assertConfined(place, daemon.process.pid);
    const ended = await daemon.stop();
    assert.equal(ended.code, 0);
    assert.deepEqual(faultsOf(ended).length, 1, ended.stderr);
  });

  test(
    `in the jail ${kind}: a clean stop burns nothing, a restart is immediate`,
    needsRoot,
    async () => {
      const place = await newPlace(kind);
      const first = await Daemon.start(place);
      const numbers = [first.first, ...(await askNumbers(place.port, 20))];
      assert.equal((await first.stop()).code, 0);
      const { next, clean, running } = await statusOf(place.confdir);
      assert.deepEqual([next, clean, running], [String(numbers.length + 1), true, false]);
      const second = await Daemon.start(place);
      numbers.push(second.first);
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => BigInt(index + 1)),
      );
      await second.stop();
      const once = ['started', 'stopped'];
      assert.deepEqual(eventNames(place.confdir), ['created', ...once, ...once]);
    },
  );

  test(
    `in the jail ${kind}: after SIGKILL a restart is immediate and repeats nothing`,
    needsRoot,
    async () => {
      const place = await newPlace(kind);
      const first = await Daemon.start(place);
      const last = await askNumber(place.port);
      await first.kill();
      const second = await Daemon.start(place);
      assert.ok(second.first > last);
      assert.ok(second.readyMs < 5000, `${second.readyMs} ms`);
      await second.stop();
      assert.ok(eventNames(place.confdir).includes('crash found'));
    },
  );

  test(`in the jail ${kind}: reservations go on`, needsRoot, async () => {
    const place = await newPlace(kind);
    const daemon = await Daemon.start({
      ...place,
      values: [...place.values, '-increment', '32767'],
    });
    const numbers = await askNumbers(place.port, 100);
    numbers.unshift(daemon.first);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.equal((await daemon.stop()).code, 0);
  });
}

test(
  'in any jail the lock is refreshed for longer than its stale time, and its loss ends the service',
  needsRoot,
  async () => {
    await Promise.all(
      jailKinds.map(async (kind) => {
        const place = await newPlace(kind);
        const daemon = await Daemon.start(place);
        const lock = join(place.confdir, 'txnid.dat.lock');
        const before = statSync(lock).mtimeMs;
        await sleep(12_000);
        assert.ok(statSync(lock).mtimeMs > before + 8000, 'refreshed');
        assert.equal(await check(place.confdir, { lockfilePath: lock }), true);
        rmSync(lock, { recursive: true });
        const { code, stderr } = await daemon.process.endedInTime();
        assert.equal(code, 69, stderr);
        assert.match(stderr, /Lost the lock .*txnid\.dat\.lock/);
        const again = await Daemon.start(place);
        assert.ok(again.first > daemon.first);
        await again.stop();
      }),
    );
  },
);

test(
  'clients that come during the start are refused until everything is dropped',
  needsRoot,
  async () => {
    const place = await newPlace('confdir');
    const process = new TxnidProcess(place.values);
    for (;;) {
      const answer = await ask(place.port);
      if (isWhole(answer.text)) break;
      assert.deepEqual(answer, { text: '', error: 'ECONNREFUSED' });
      assert.ok(!process.hasEnded, process.stderr);
    }
    assertConfined(place, process.pid);
    assert.equal((await process.end()).code, 0);
  },
);

test('a stop under load hands out every number once and burns none', needsRoot, async () => {
  const place = await newPlace('empty');
  const daemon = await Daemon.start(place);
  const clients = new Clients(place.port, 8);
  await until(() => clients.count > 500, '500 numbers');
  assert.equal((await daemon.stop()).code, 0);
  await clients.stop();
  const { next } = await statusOf(place.confdir);
  const numbers = new Set([daemon.first, ...clients.numbers.flat()]);
  assert.equal(numbers.size, clients.count + 1);
  assert.equal(BigInt(next), BigInt(numbers.size) + 1n);
  assert.deepEqual(clients.broken, []);
});
