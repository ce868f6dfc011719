/** Somebody touches the files of a running daemon: it stops with 69, and leaves what it finds there. */

import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { exchanges } from '../support/processes/exchanged-names.js';
import { Clients } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';

type Touch = (path: string) => void;

/** With what has to stand there afterwards, untouched. */
const touches: Readonly<Record<string, Touch>> = {
  removed: (path) => rmSync(path),
  'replaced by a copy of itself': (path) => {
    copyFileSync(path, `${path}.copy`);
    renameSync(`${path}.copy`, path);
  },
  'overwritten with an older state': (path) => writeFileSync(path, readFileSync(`${path}.old`)),
  ...exchanges,
  emptied: (path) => writeFileSync(path, ''),
  'made longer': (path) => writeFileSync(path, 'x', { flag: 'a' }),
};

/** A running daemon, with a copy of its progress file from before it started beside it. */
async function runningDaemon(): Promise<{ daemon: Daemon; instance: Instance; path: string }> {
  const instance = await newInstance('-increment', '32767', '-threads', '1');
  const path = join(instance.confdir, 'txnid.dat');
  await (await Daemon.start(instance)).stop();
  copyFileSync(path, `${path}.old`);
  return { daemon: await Daemon.start(instance), instance, path };
}

for (const [what, touch] of Object.entries(touches)) {
  test(`a progress file that is ${what} under load ends the daemon at its next reservation`, async () => {
    const { daemon, instance, path } = await runningDaemon();
    touch(path);
    const left = existsSync(path) ? readFileSync(path) : undefined;
    const clients = new Clients(instance.port, 2);
    const ended = await daemon.process.endedInTime();
    await clients.stop();
    const lost = /^txnid: (Cannot save progress: .*txnid\.dat was|Lost the lock) .*: /;
    assertRefused(ended, 69, lost);
    assert.deepEqual(existsSync(path) ? readFileSync(path) : undefined, left);
    assert.deepEqual(clients.broken, []);
  });
}

test('a progress file that is replaced shows at the stop, too', async () => {
  const { daemon, path } = await runningDaemon();
  touches['overwritten with an older state']?.(path);
  const left = readFileSync(path);
  assertRefused(await daemon.stop(), 69, /^txnid: Cannot save progress: .*txnid\.dat was /);
  assert.deepEqual(readFileSync(path), left);
});

test('a start beside a daemon whose file was moved aside for a copy is refused, and names it', async () => {
  const { daemon, instance, path } = await runningDaemon();
  exchanges['moved aside for a copy']?.(path);
  const message = new RegExp(`locked by process ${daemon.process.pid}, in the file that had this`);
  assertRefused(await runTxnid(instance.values), 75, message);
  assert.ok(existsSync(`${path}.lock`), 'the lock is left alone');
  const ended = await daemon.process.endedInTime();
  assertRefused(ended, 69, /txnid\.dat was moved away, or another file has its name/);
});

test('an older state that was put back while the daemon ran is refused at the next start', async () => {
  const { daemon, instance, path } = await runningDaemon();
  touches['overwritten with an older state']?.(path);
  await daemon.kill();
  assertRefused(await runTxnid(instance.values), 65, /is an older copy/);
});

test('a lock directory that is removed ends the daemon', async () => {
  const { daemon, instance } = await runningDaemon();
  rmdirSync(join(instance.confdir, 'txnid.dat.lock'));
  assertRefused(await daemon.process.endedInTime(), 69, /^txnid: Lost the lock .*txnid\.dat\.lock/);
  const next = await Daemon.start(instance);
  assert.ok(next.first > daemon.first);
  await next.stop();
});
