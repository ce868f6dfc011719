/** A disk whose flush fails, once or for good: the daemon stops with 74, and nothing unsaved leaves it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { FaultyDisk } from '../simulation/faulty-disk.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { ask, askNumber, Clients } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { type Ended, runTxnid, TxnidProcess } from '../support/processes/txnid-process.js';

const disk = new FaultyDisk();
const environment = disk.environment;
const wide = ['-increment', '32767'];
const cannotSave = /^txnid: Cannot save progress to .*txnid\.dat: EIO/;

test('a disk that cannot flush keeps a new instance from being made', async () => {
  disk.break('eio');
  const { values, confdir, port } = await newInstance();
  const ended = await whileAsked(port, new TxnidProcess(values, { environment }));
  disk.mend();
  assertRefused(ended, 74, /^txnid: Cannot create .*txnid\.dat: EIO/);
  const second = await runTxnid(['check', '-confdir', confdir, ...values]);
  assert.equal(second.code, 0, 'the next start finds nothing in its way');
});

test('a disk that cannot flush keeps an instance from serving its next number', async () => {
  const instance = await newInstance();
  await crashed(instance);
  const before = await statusOf(instance.confdir);
  disk.break('eio');
  const ended = await whileAsked(instance.port, new TxnidProcess(instance.values, { environment }));
  disk.mend();
  assertRefused(ended, 74, cannotSave);
  const daemon = await Daemon.start(instance);
  assert.ok(daemon.first >= BigInt(before.next), 'nothing is repeated');
  await daemon.stop();
});

for (const fault of ['eio', 'once'] as const) {
  test(`flushes that fail (${fault}) under load stop the daemon within its reservation`, async () => {
    const instance = await newInstance(...wide);
    const daemon = await Daemon.start(instance, { environment });
    disk.break(fault);
    const clients = new Clients(instance.port, 4);
    const ended = await daemon.process.endedInTime();
    await clients.stop();
    disk.mend();
    assertRefused(ended, 74, cannotSave);
    await assertWithinReservation(instance, [daemon.first, ...clients.numbers.flat()]);
    assert.deepEqual(clients.broken, []);
  });
}

test('a flush that fails at the stop ends it with 74, and repeats nothing', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance, { environment });
  disk.break('once');
  const ended = await daemon.stop();
  disk.mend();
  assertRefused(ended, 74, cannotSave);
  const next = await Daemon.start(instance);
  assert.ok(next.first > daemon.first);
  await next.stop();
});

test('an end of the sequence whose last position cannot be saved tells both', async () => {
  const instance = await newInstance('-max', '2');
  const daemon = await Daemon.start(instance, { environment });
  assert.equal(daemon.first, 1n);
  disk.break('eio');
  assert.equal(await askNumber(instance.port), 2n);
  const ended = await daemon.process.endedInTime();
  disk.mend();
  assertRefused(ended, 69, /^txnid: The sequence is at its end/, cannotSave);
});

test('a crash after a flush that failed goes on above everything handed out', async () => {
  const instance = await newInstance(...wide);
  const handedOut: bigint[] = [];
  for (let round = 0; round < 3; round++) {
    const daemon = await Daemon.start(instance, { environment });
    assert.ok(handedOut.every((number) => number < daemon.first));
    disk.break('once');
    const clients = new Clients(instance.port, 4);
    assert.equal((await daemon.process.endedInTime()).code, 74);
    await clients.stop();
    handedOut.push(daemon.first, ...clients.numbers.flat());
  }
  disk.mend();
});

async function crashed(instance: Instance): Promise<void> {
  const daemon = await Daemon.start(instance);
  await daemon.kill();
}

/** Asks for numbers until a process has ended that must not hand out any. */
async function whileAsked(port: number, process: TxnidProcess): Promise<Ended> {
  const answers: string[] = [];
  while (!process.hasEnded) answers.push((await ask(port)).text);
  assert.deepEqual(
    answers.filter((text) => text !== ''),
    [],
  );
  return await process.ended;
}

/** The reservation is read from the file on disk. */
async function assertWithinReservation(instance: Instance, numbers: bigint[]): Promise<void> {
  const { reserved, next, clean, running } = await statusOf(instance.confdir);
  assert.deepEqual({ clean, running }, { clean: false, running: false });
  assert.ok(numbers.length > 1);
  assert.ok(numbers.every((number) => number < BigInt(reserved)));
  assert.ok(BigInt(next) >= BigInt(reserved), 'the next start begins above the reservation');
}
