/**
 * Files of named sequences that were taken away, exchanged, put back from an older copy or replaced: refused, and never
 * a number twice; and what a disk of their own does to the others.
 */

import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { connect } from '../../src/client/client.js';
import { FaultyDisk } from '../simulation/faulty-disk.js';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { Daemon } from '../support/processes/daemon.js';
import {
  type NamedInstance,
  namedInstance,
  numberOf,
  numbersOf,
  withNames,
} from '../support/processes/named-instance.js';
import { askNumbers } from '../support/processes/one-shot-client.js';
import { assertRefused, faultsOf } from '../support/processes/refusal.js';
import { SmallDisk } from '../support/processes/small-disk.js';
import { runTxnid } from '../support/processes/txnid-process.js';

const fileOf = ({ confdir }: NamedInstance, name: string, file = '') =>
  join(confdir, 'sequences', name, file);

/** One that has handed out five numbers of `orders`, three of `tickets` and one of its own, and is stopped. */
async function usedInstance(): Promise<NamedInstance> {
  const instance = await namedInstance(['orders', 'tickets']);
  await use(instance, 5, 3);
  return instance;
}

async function use(instance: NamedInstance, orders: number, tickets: number): Promise<void> {
  const daemon = await Daemon.start(instance);
  await numbersOf(instance, 'orders', orders);
  await numbersOf(instance, 'tickets', tickets);
  assert.equal((await daemon.stop()).code, 0);
}

/** The start and `check` refuse it, in the same words. */
async function assertBothRefuse(instance: NamedInstance, code: number, pattern: RegExp) {
  const start = await runTxnid(instance.values);
  assertRefused(start, code, pattern);
  const check = await runTxnid(['check', ...instance.values]);
  assert.equal(check.code, code, check.stderr);
  assert.deepEqual(faultsOf(check), faultsOf(start));
}

/** The way out that is told, with a number that is high enough. */
async function advance({ values }: NamedInstance, name: string, number: number) {
  return await runTxnid(['advance', String(number), '-sequence', name, ...values]);
}

test('a directory that was removed is missed, and only advance makes it anew', async () => {
  const instance = await usedInstance();
  rmSync(fileOf(instance, 'orders'), { recursive: true });
  const wayOut =
    /sequences\/orders\/txnid\.dat is missing, although it was made: .*"txnid advance N -sequence orders -confdir [^"]*"/;
  await assertBothRefuse(instance, 65, wayOut);
  assertRefused(await runTxnid(['accept', ...instance.values]), 65, wayOut);
  // Also where it is taken off the list in between.
  const less = withNames(instance, ['tickets']);
  assert.equal((await runTxnid(['accept', ...less.values])).code, 0);
  assertRefused(await runTxnid(['accept', ...instance.values]), 65, wayOut);
  assert.equal(existsSync(fileOf(instance, 'orders')), false);
  const advanced = await advance(instance, 'orders', 100);
  assert.equal(advanced.code, 0, advanced.stderr);
  assert.equal((await runTxnid(['accept', ...instance.values])).code, 0);
  const daemon = await Daemon.start(instance);
  assert.deepEqual(await numbersOf(instance, 'orders', 2), [100n, 101n]);
  await daemon.stop();
});

test('advance goes above all that is known of a name whose directory is gone', async () => {
  const instance = await usedInstance();
  rmSync(fileOf(instance, 'orders'), { recursive: true });
  assert.match((await advance(instance, 'orders', 2)).stdout, /^from 6\nto 6\n$/);
});

test('a file or a trail that was removed is missed', async () => {
  const instance = await usedInstance();
  rmSync(fileOf(instance, 'orders', 'txnid.dat'));
  await assertBothRefuse(
    instance,
    65,
    /orders\/txnid\.dat is missing, although the audit trail knows of it/,
  );
  const other = await usedInstance();
  rmSync(fileOf(other, 'orders', 'txnid.audit'));
  const daemon = await Daemon.start(other);
  assert.equal(await numberOf(other, 'orders'), 6n, 'a trail that is lost loses no number');
  assert.match(
    (await daemon.stop()).stderr,
    /orders\/txnid\.audit lacks lines that the progress file knows of/,
  );
});

test('an older copy of a file, or of a whole directory with its trail, is refused', async () => {
  const instance = await usedInstance();
  const copy = join(freshDirectory(), 'copy');
  cpSync(fileOf(instance, 'orders'), copy, { recursive: true });
  await use(instance, 4, 1);
  const kept = join(freshDirectory(), 'kept');
  cpSync(instance.confdir, kept, { recursive: true });
  const restore = () => {
    rmSync(instance.confdir, { recursive: true });
    cpSync(kept, instance.confdir, { recursive: true });
  };
  cpSync(join(copy, 'txnid.dat'), fileOf(instance, 'orders', 'txnid.dat'));
  await assertBothRefuse(
    instance,
    65,
    /orders\/txnid\.dat is an older copy: .* the audit trail knows \d+/,
  );
  restore();
  rmSync(fileOf(instance, 'orders'), { recursive: true });
  cpSync(copy, fileOf(instance, 'orders'), { recursive: true });
  const whole =
    /orders\/txnid\.dat is an older copy: .*, txnid\.names knows \d+: .*advance N -sequence orders/;
  await assertBothRefuse(instance, 65, whole);
  assertRefused(await runTxnid(['accept', ...instance.values]), 65, whole);
  const status = await runTxnid(['status', ...instance.values]);
  assert.equal(status.code, 65);
  assert.match(status.stdout, /^sequence orders +unusable$/m);
  assert.match(status.stdout, /^sequence tickets +next 5/m);
  assert.equal((await advance(instance, 'orders', 1)).code, 0);
  const daemon = await Daemon.start(instance);
  assert.ok((await numberOf(instance, 'orders')) >= 10n, 'above all that is known');
  await daemon.stop();
});

test('an older directory is refused also where the last run crashed', async () => {
  const instance = await usedInstance();
  const copy = join(freshDirectory(), 'copy');
  cpSync(fileOf(instance, 'orders'), copy, { recursive: true });
  const daemon = await Daemon.start(instance);
  assert.deepEqual(await numbersOf(instance, 'orders', 2), [6n, 7n]);
  await daemon.kill();
  rmSync(fileOf(instance, 'orders'), { recursive: true });
  cpSync(copy, fileOf(instance, 'orders'), { recursive: true });
  assertRefused(await runTxnid(instance.values), 65, /orders\/txnid\.dat is an older copy/);
});

test('without txnid.names nothing is lost but what it alone knows; damaged lines are passed over', async () => {
  const instance = await usedInstance();
  const path = join(instance.confdir, 'txnid.names');
  rmSync(path);
  await use(instance, 1, 0);
  const text = readFileSync(path, 'latin1');
  assert.match(text, /^\norders \d+ 7\n$/m);
  // What a crash and a failing disk leave.
  writeFileSync(path, `orders 99999999\0\0\0\n${text}orders 999999999`);
  await use(instance, 1, 1);
  const daemon = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'orders'), 8n);
  await daemon.stop();
  rmSync(path);
  symlinkSync('/dev/null', path);
  assertRefused(await runTxnid(instance.values), 65, /Cannot use .*txnid\.names: it is a link/);
});

const exchanges: Readonly<
  Record<string, { readonly files: readonly string[]; readonly told: RegExp }>
> = {
  'progress files': {
    files: ['txnid.dat'],
    told: /orders\/txnid\.dat belongs to the sequence "tickets", not to the sequence "orders"/,
  },
  'audit trails': {
    files: ['txnid.audit'],
    told: /orders\/txnid\.audit: it belongs to the sequence "tickets"/,
  },
  directories: { files: [''], told: /orders\/txnid\.audit: it belongs to the sequence "tickets"/ },
};

for (const [what, { files, told }] of Object.entries(exchanges)) {
  test(`${what} of two names that were exchanged are told apart`, async () => {
    const instance = await usedInstance();
    const exchange = () => {
      for (const file of files) {
        const [one, other] = [fileOf(instance, 'orders', file), fileOf(instance, 'tickets', file)];
        renameSync(one, `${one.replace(/\/$/, '')}.x`);
        renameSync(other, one);
        renameSync(`${one.replace(/\/$/, '')}.x`, other);
      }
    };
    exchange();
    const start = await runTxnid(instance.values);
    assert.equal(start.code, 65);
    assert.match(start.stderr, told);
    const check = await runTxnid(['check', ...instance.values]);
    assert.equal(check.code, 65);
    assert.match(check.stderr, told);
    exchange();
    await use(instance, 1, 1);
  });
}

test('files of the instance itself in the place of those of a name, and the other way round, are refused', async () => {
  const instance = await usedInstance();
  const own = readFileSync(join(instance.confdir, 'txnid.dat'));
  const named = readFileSync(fileOf(instance, 'orders', 'txnid.dat'));
  writeFileSync(fileOf(instance, 'orders', 'txnid.dat'), own);
  await assertBothRefuse(
    instance,
    65,
    /orders\/txnid\.dat belongs to the instance itself, not to the sequence "orders"/,
  );
  writeFileSync(fileOf(instance, 'orders', 'txnid.dat'), named);
  writeFileSync(join(instance.confdir, 'txnid.dat'), named);
  await assertBothRefuse(
    instance,
    65,
    /txnid\.dat belongs to the sequence "orders", not to the instance itself/,
  );
});

test('a directory that is a link is refused, and so is that of all names', async () => {
  const instance = await usedInstance();
  const elsewhere = join(freshDirectory(), 'elsewhere');
  renameSync(fileOf(instance, 'orders'), elsewhere);
  symlinkSync(elsewhere, fileOf(instance, 'orders'));
  await assertBothRefuse(instance, 65, /sequences\/orders is no directory of its own/);
  rmSync(fileOf(instance, 'orders'));
  renameSync(elsewhere, fileOf(instance, 'orders'));
  const all = join(instance.confdir, 'sequences');
  renameSync(all, elsewhere);
  symlinkSync(elsewhere, all);
  const told = /\/sequences is no directory of its own/;
  assertRefused(await runTxnid(instance.values), 65, told);
  assert.match((await runTxnid(['check', ...instance.values])).stderr, told);
  const { confdir } = instance;
  const { openSequence } = await import('../../src/index.js');
  await assert.rejects(openSequence({ confdir, name: 'orders' }), { code: 'state' });
});

test('an instance that was lost beside sequences that were served does not begin anew', async () => {
  const instance = await usedInstance();
  for (const file of ['txnid.dat', 'txnid.audit']) rmSync(join(instance.confdir, file));
  const told = /txnid\.dat is missing, although the sequence orders was served beside it/;
  assertRefused(await runTxnid(instance.values), 65, told);
  assertRefused(await runTxnid(['init', ...instance.values]), 65, told);
});

test('a first start that came no further than its names is made good by the next one', async () => {
  const instance = await namedInstance(['orders']);
  const other = await usedInstance();
  mkdirSync(join(instance.confdir, 'sequences'));
  rmSync(fileOf(other, 'orders'), { recursive: true });
  const daemon = await Daemon.start(instance);
  await daemon.kill();
  for (const file of ['txnid.dat', 'txnid.audit', 'txnid.dat.lock'])
    rmSync(join(instance.confdir, file), { recursive: true });
  const again = await Daemon.start(instance);
  assert.equal(again.first, 1n);
  assert.equal(await numberOf(instance, 'orders'), 1n);
  await again.stop();
});

test('files that are exchanged while they are served end the service before it hands out a number of them', async () => {
  const instance = await usedInstance();
  const daemon = await Daemon.start(instance);
  renameSync(fileOf(instance, 'orders', 'txnid.dat'), fileOf(instance, 'orders', 'away'));
  await assert.rejects(numberOf(instance, 'orders'), { code: 'connection-lost' });
  const ended = await daemon.process.endedInTime();
  assert.equal(ended.code, 69);
  assert.match(ended.stderr, /orders\/txnid\.dat was moved away/);
});

test('a flush that fails on the disk of a name ends the service with 74', async () => {
  const disk = new FaultyDisk();
  const environment = { ...disk.environment, FAULT_WITHIN: '/sequences/orders' };
  const instance = await usedInstance();
  const daemon = await Daemon.start(instance, { environment });
  disk.break('eio');
  assert.deepEqual(await numbersOf(instance, 'tickets', 2), [4n, 5n]);
  await assert.rejects(numberOf(instance, 'orders'), { code: 'connection-lost' });
  const ended = await daemon.process.endedInTime();
  disk.mend();
  assertRefused(ended, 74, /^txnid: Cannot save progress to .*orders\/txnid\.dat: EIO/);
  const again = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'tickets'), 6n);
  assert.ok((await numberOf(instance, 'orders')) >= 6n);
  await again.stop();
});

test('a txnid.names that cannot be written is a warning, and keeps no number and no decision from anybody', async () => {
  const disk = new FaultyDisk();
  const environment = { ...disk.environment, FAULT_WITHIN: 'txnid.names' };
  const instance = await usedInstance();
  const daemon = await Daemon.start(instance, { environment });
  disk.break('eio');
  assert.equal(await numberOf(instance, 'orders'), 6n);
  const { code, stderr } = await daemon.stop();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^txnid: Cannot write .*txnid\.names: EIO.*no number is affected$/m);
  const values = ['advance', '100', '-sequence', 'orders', ...instance.values];
  const advanced = await runTxnid(values, { environment });
  assert.equal(advanced.code, 0, advanced.stderr);
  assert.match(advanced.stderr, /Cannot write .*txnid\.names/);
  disk.mend();
  const again = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'orders'), 100n);
  await again.stop();
});

test('slow disks of many names keep neither the instance itself waiting, nor a name on another disk', async (t) => {
  const disk = new FaultyDisk();
  const environment = { ...disk.environment, FAULT_WITHIN: '/sequences/slow' };
  const slow = Array.from({ length: 60 }, (_, index) => `slow-${index}`);
  const without = await namedInstance(slow, '-increment', '32767');
  await (await Daemon.start(without)).stop();
  const instance = withNames(without, ['fast', ...slow]);
  mkdirSync(fileOf(instance, 'fast'), { mode: 0o700 });
  const other = SmallDisk.mount('tmpfs', 256, fileOf(instance, 'fast'));
  if (other === undefined) t.diagnostic('no other disk can be mounted here');
  assert.equal((await runTxnid(['accept', ...instance.values])).code, 0);
  const daemon = await Daemon.start(instance, { environment });
  disk.break('slow 500');
  const { sessionPort: port } = instance;
  const client = await connect({ host: '127.0.0.1', port });
  let isAnySlowAnswered = false;
  const asked = slow.map(async (name) => {
    const one = await connect({ host: '127.0.0.1', port, requestTimeoutMs: 200_000 });
    await one.sequence(name).next();
    isAnySlowAnswered = true;
    await one.close();
  });
  // Many times what is reserved at once.
  await askNumbers(instance.port, 300);
  await client.sequence('default').take(100_000);
  if (other !== undefined) {
    await client.sequence('fast').next();
    await client.sequence('fast').take(100_000);
  }
  assert.equal(isAnySlowAnswered, false, 'they were answered while the slow ones were not');
  disk.mend();
  await Promise.all(asked);
  await client.close();
  assert.equal((await daemon.stop()).code, 0);
  other?.unmount();
});
