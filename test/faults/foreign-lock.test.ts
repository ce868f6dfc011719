/** Lock directories left behind: by this host they hinder nobody, by another one until they are stale. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { disown, elsewhere } from '../support/processes/disowned.js';
import { assertRefused } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';

async function crashed(): Promise<Instance> {
  const instance = await newInstance();
  await (await Daemon.start(instance)).kill();
  return instance;
}

function setAge(confdir: string, ageMs: number): string {
  const path = join(confdir, 'txnid.dat.lock');
  if (!existsSync(path)) mkdirSync(path);
  const time = new Date(Date.now() - ageMs);
  utimesSync(path, time, time);
  return path;
}

const hourMs = 3_600_000;

for (const [when, ageMs] of [
  ['now', 0],
  ['an hour ago', hourMs],
  ['in an hour, as after a step of the clock', -hourMs],
] as const) {
  test(`a lock that a crash on this host refreshed ${when} hinders no start`, async () => {
    const instance = await crashed();
    setAge(instance.confdir, ageMs);
    const daemon = await Daemon.start(instance);
    assert.equal((await daemon.stop()).code, 0);
    assert.equal(existsSync(join(instance.confdir, 'txnid.dat.lock')), false);
  });
}

test('a lock of another host is respected while it is fresh', async () => {
  const instance = await crashed();
  disown(instance.confdir, elsewhere);
  const path = setAge(instance.confdir, -5_000);
  assertRefused(await runTxnid(instance.values), 75, /locked by host elsewhere/);
  assert.ok(existsSync(path), 'left as it is');
});

test('a lock of another host that nobody refreshes any more is taken over', async () => {
  const instance = await crashed();
  disown(instance.confdir, elsewhere);
  setAge(instance.confdir, 60_000);
  const daemon = await Daemon.start(instance);
  assert.equal((await daemon.stop()).code, 0);
});

test('a lock of this host under its former name hinders no start', async () => {
  const instance = await crashed();
  disown(instance.confdir, { host: 'former' });
  const daemon = await Daemon.start(instance);
  assert.equal((await daemon.stop()).code, 0);
});

test('a leftover lock directory that is not empty is refused, and named', async () => {
  const instance = await crashed();
  const path = setAge(instance.confdir, 0);
  writeFileSync(join(path, 'something'), '');
  assertRefused(await runTxnid(instance.values), 75, /txnid\.dat\.lock/);
  assert.ok(existsSync(join(path, 'something')));
});
