/** A disk or a file size limit that takes no more bytes: what exists is overwritten in place. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openSequence } from '../../src/index.js';
import { Daemon, instanceOn, newInstance } from '../support/processes/daemon.js';
import { Clients, freePort } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { type DiskKind, SmallDisk } from '../support/processes/small-disk.js';
import { statusOf } from '../support/processes/status.js';
import { runTxnid } from '../support/processes/txnid-process.js';

const limited = (bytes: number) => ({ wrapper: ['prlimit', `--fsize=${bytes}`] });

test('a file size limit too small for the progress file keeps an instance from being made', async () => {
  const instance = await newInstance();
  assertRefused(
    await runTxnid(instance.values, limited(4096)),
    74,
    /^txnid: Cannot create .*txnid\.dat: /,
  );
  assert.equal((await runTxnid(['check', ...instance.values])).code, 0);
});

test('a file size limit below both slots stops a start with 74, and repeats nothing', async () => {
  const instance = await newInstance();
  const before = await Daemon.start(instance);
  await before.kill();
  assertRefused(await runTxnid(instance.values, limited(2048)), 74, /^txnid: Cannot save progress/);
  const after = await Daemon.start(instance);
  assert.ok(after.first > before.first);
  await after.stop();
});

test('a file size limit that leaves no room for the audit trail holds up no number', async () => {
  const instance = await newInstance();
  await (await Daemon.start(instance)).stop();
  for (let round = 0; round < 10; round++) {
    const sequence = await openSequence({ confdir: instance.confdir });
    await sequence.close();
  }
  const trail = readFileSync(join(instance.confdir, 'txnid.audit'));
  assert.ok(trail.length > 8192, 'the trail is longer than the progress file');
  const daemon = await Daemon.start(instance, limited(8192));
  assert.equal(daemon.first, 2n);
  const { code, stderr } = await daemon.stop();
  assert.equal(code, 0);
  assert.match(stderr, /Cannot write the audit trail/);
  assert.deepEqual(readFileSync(join(instance.confdir, 'txnid.audit')), trail);
  assert.equal((await statusOf(instance.confdir)).next, '3');
});

/** A small disk that goes with the test; undefined where it may not mount one. */
function smallDisk(t: TestContext, kind: DiskKind): SmallDisk | undefined {
  const disk = SmallDisk.mount(kind, kind === 'tmpfs' ? 256 : 4096);
  t.after(() => disk?.unmount());
  return disk;
}

for (const kind of ['tmpfs', 'ext4'] as const) {
  test(`on a full ${kind} an instance starts, serves and saves`, async (t) => {
    const disk = smallDisk(t, kind);
    if (disk === undefined) return t.skip('cannot mount one here');
    const confdir = join(disk.directory, 'confdir');
    mkdirSync(confdir, { mode: 0o700 });
    const instance = instanceOn(confdir, await freePort(), '-increment', '32767');
    assert.equal((await (await Daemon.start(instance)).stop()).code, 0);
    disk.fill();
    const daemon = await Daemon.start(instance);
    const clients = new Clients(instance.port, 4);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { code } = await daemon.stop();
    await clients.stop();
    assert.equal(code, 0);
    const numbers = BigInt(1 + clients.count);
    assert.equal(daemon.first, 1n + 32767n);
    assert.equal(BigInt((await statusOf(confdir)).next), daemon.first + 32767n * numbers);
  });
}

test('a full disk keeps a new instance from being made, and leaves nothing in its way', async (t) => {
  const disk = smallDisk(t, 'tmpfs');
  if (disk === undefined) return t.skip('cannot mount a tmpfs here');
  const confdir = join(disk.directory, 'confdir');
  mkdirSync(confdir, { mode: 0o700 });
  disk.fill();
  const instance = instanceOn(confdir, await freePort());
  assertRefused(await runTxnid(instance.values), 74, /^txnid: Cannot create .*txnid\.dat: /);
  disk.clear();
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, 1n);
  await daemon.stop();
});
