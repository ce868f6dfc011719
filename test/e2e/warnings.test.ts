/** What a start, a stop and the commands say beside faults: notices, and warnings that change nothing. */

import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { ask } from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { runTxnid, until } from '../support/processes/txnid-process.js';

const slotBytes = 4096;

async function usedInstance(...values: string[]): Promise<Instance> {
  const instance = await newInstance(...values);
  await (await Daemon.start(instance)).stop();
  return instance;
}

function wipe(path: string, slot: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0, slot * slotBytes, (slot + 1) * slotBytes);
  writeFileSync(path, bytes);
}

for (const slot of [0, 1]) {
  test(`a start says of slot ${slot + 1} that it was bad and is whole again, once`, async () => {
    const instance = await usedInstance();
    const path = join(instance.confdir, 'txnid.dat');
    wipe(path, slot);
    const line = `txnid: slot ${slot + 1} of ${path} was bad and is whole again\n`;
    const { stderr } = await (await Daemon.start(instance)).stop();
    assert.ok(stderr.includes(line), stderr);
    const next = await (await Daemon.start(instance)).stop();
    assert.ok(!next.stderr.includes('whole again'), next.stderr);
    wipe(path, slot);
    const advanced = await runTxnid(['advance', '1000', ...instance.values]);
    assert.deepEqual([advanced.code, advanced.stderr], [0, line]);
  });
}

test('a crash of a cluster member says how many of its own numbers it burnt', async () => {
  const instance = await usedInstance('-instance', '3', '-increment', '16384');
  await (await Daemon.start(instance)).kill();
  const daemon = await Daemon.start(instance);
  const burnt = (daemon.first - 16387n) / 16384n;
  const { stderr } = await daemon.stop();
  const line = `txnid: crash found, up to ${burnt} numbers burnt, next ${daemon.first}\n`;
  assert.ok(stderr.includes(line), stderr);
});

test('a start that is refused says neither that it started nor that it stopped', async () => {
  const instance = await usedInstance();
  const { code, stderr } = await runTxnid([...instance.values, '-increment', '2']);
  assert.equal(code, 80);
  assert.doesNotMatch(stderr, /started,|stopped,/);
});

test('the end of a sequence is a stop with its position saved', async () => {
  const instance = await newInstance('-max', '1');
  const daemon = await Daemon.start(instance);
  await ask(instance.port);
  const { code, stderr } = await daemon.process.endedInTime();
  assert.equal(code, 69);
  assert.match(stderr, /^txnid: stopped, next 2$/m);
});

test('check says of an instance beyond its increment whose numbers those are', async () => {
  const { values } = await newInstance('-instance', '5', '-increment', '3');
  const { code, stdout, stderr } = await runTxnid(['check', ...values]);
  const what =
    'instance 5 is beyond increment 3: its numbers 5, 8, 11, … are numbers of instance 2 too';
  const remedy =
    'give each instance of a cluster one from 1 to increment that no other has; one that is alone may stay';
  assert.deepEqual(
    { code, stdout, stderr },
    { code: 0, stdout: 'ok\n', stderr: `txnid: ${what}: ${remedy}\n` },
  );
  const json = await runTxnid(['check', '-json', ...values]);
  assert.deepEqual([json.code, json.stderr], [0, '']);
  const told = { exitCode: 0, faults: [], warnings: [{ what, remedy }] };
  assert.deepEqual(JSON.parse(json.stdout), told);
  const said = async (instance: number, increment: number) => {
    const flags = ['-instance', `${instance}`, '-increment', `${increment}`];
    return (await runTxnid(['check', ...values, ...flags])).stderr;
  };
  assert.match(await said(6, 3), /numbers of instance 3 too/);
  assert.match(await said(4, 3), /numbers of instance 1 too/);
  assert.match(await said(2, 1), /numbers of instance 1 too/);
  assert.deepEqual([await said(0, 3), await said(3, 3), await said(1, 1)], ['', '', '']);
});

/** Makes every directory one of NFS, as far as statfs(2) tells. */
const onNfs = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { statfsSync } = fs;
    fs.statfsSync = (...values) => Object.assign(statfsSync(...values), { type: 0x6969 });
    syncBuiltinESMExports();`)}`,
};

test('on NFS a start and check warn of what its locks may not reach, and work', async () => {
  const instance = await newInstance();
  const line = `txnid: ${instance.confdir} is on NFS, where a lock need not be seen by other hosts: mount it so that flock reaches every host that could start this instance, or see to it that only one can`;
  const check = await runTxnid(['check', ...instance.values], { environment: onNfs });
  assert.deepEqual([check.code, check.stdout, check.stderr], [0, 'ok\n', `${line}\n`]);
  const daemon = await Daemon.start(instance, { environment: onNfs });
  const ended = await daemon.stop();
  assert.equal(ended.code, 0);
  assert.deepEqual(faultsOf(ended), [line]);
});

/** The daemon has handed out a number, and is killed. */
async function crashedInstance(): Promise<Instance> {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  await daemon.kill();
  await until(() => daemon.process.hasEnded, 'the end');
  return instance;
}

const unknown =
  /^txnid: The audit trail ends with "started" and not with a stop: numbers from 65536 on may have been handed out without its knowledge: before the next start, advance above the largest number that any client, .*\n$/;

test('advance of a lost file whose trail ends with a start says what it cannot know', async () => {
  const instance = await crashedInstance();
  rmSync(join(instance.confdir, 'txnid.dat'));
  const { code, stdout, stderr } = await runTxnid(['advance', '70000', ...instance.values]);
  assert.deepEqual([code, stdout], [0, 'from 65536\nto 70000\n']);
  assert.match(stderr, unknown);
});

test('it does not after a stop, nor where a record of the old file bounds what was handed out', async () => {
  const stopped = await usedInstance();
  rmSync(join(stopped.confdir, 'txnid.dat'));
  const first = await runTxnid(['advance', '70000', ...stopped.values]);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  const crashed = await crashedInstance();
  const path = join(crashed.confdir, 'txnid.dat');
  writeFileSync(path, '\n', { flag: 'a' });
  wipe(path, 0);
  const second = await runTxnid(['advance', '999999', ...crashed.values]);
  assert.deepEqual([second.code, second.stderr], [0, '']);
});
