/**
 * An audit trail that lacks lines: noticed at the next start, logged, entered, and no reason not to
 * serve. And what may look like it and is not.
 */

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openSequence } from '../../src/index.js';
import { auditLines, eventNames } from '../support/audit-lines.js';
import { Daemon, type Instance, newInstance } from '../support/daemon.js';
import { askNumbers } from '../support/one-shot-client.js';
import { assertRefused, faultsOf } from '../support/refusal.js';
import { slotOf } from '../support/slot-text.js';
import { runTxnid } from '../support/txnid-process.js';

const trailOf = ({ confdir }: Instance) => join(confdir, 'txnid.audit');
const warning =
  /^txnid: The audit trail .* lacks lines that the progress file knows of: .*: compare/;

async function verify({ confdir }: Instance) {
  return await runTxnid(['audit', '-verify', '-confdir', confdir]);
}

async function usedInstance(): Promise<Instance> {
  const instance = await newInstance('-threads', '1');
  await (await Daemon.start(instance)).stop();
  await (await Daemon.start(instance)).stop();
  return instance;
}

/** Starts and stops; what the start said. */
async function lives(instance: Instance): Promise<string[]> {
  const daemon = await Daemon.start(instance);
  const ended = await daemon.stop();
  assert.equal(ended.code, 0, ended.stderr);
  return faultsOf(ended);
}

type Cut = (lines: string[]) => string[];

const cuts: Readonly<Record<string, Cut>> = {
  'the last line is removed': (lines) => lines.slice(0, -1),
  'the last three lines are removed': (lines) => lines.slice(0, -3),
  'all lines are removed': () => [],
  'the last line is changed': (lines) => [
    ...lines.slice(0, -1),
    (lines.at(-1) ?? '').replace(/"pid":\d+/, '"pid":1'),
  ],
  'the last line is cut in its middle': (lines) => [
    ...lines.slice(0, -1),
    (lines.at(-1) ?? '').slice(0, 100),
  ],
};

function cutTrail(path: string, cut: Cut): void {
  const text = cut(readFileSync(path, 'utf8').split(/(?<=\n)/)).join('');
  writeFileSync(path, text);
}

for (const [what, cut] of Object.entries(cuts)) {
  test(`a start notices that ${what}, tells it once, and serves`, async () => {
    const instance = await usedInstance();
    cutTrail(trailOf(instance), cut);
    assertRefusedWithText(await verify(instance));
    const said = await lives(instance);
    assert.equal(said.length, 1, said.join());
    assert.match(said[0] ?? '', warning);
    assert.deepEqual(await lives(instance), []);
    const names = eventNames(instance.confdir);
    assert.equal(names.filter((name) => name === 'truncation found').length, 1);
    assert.deepEqual(names.slice(-5), [
      'truncation found',
      'started',
      'stopped',
      'started',
      'stopped',
    ]);
    const { code, stdout } = await verify(instance);
    assert.equal(code, 0);
    assert.match(stdout, /^whole: \d+ events, 1 of them of lines that were missing before$/m);
  });
}

function assertRefusedWithText(ended: Awaited<ReturnType<typeof verify>>): void {
  assertRefused({ ...ended, stdout: '' }, 65, warning);
}

test('a trail that was moved away is missed', async () => {
  const instance = await usedInstance();
  rmSync(trailOf(instance));
  const said = await lives(instance);
  assert.match(said.join('\n'), warning);
  assert.equal(auditLines(instance.confdir)[0]?.event, 'truncation found');
});

test('lines removed after a crash, an accept, an advance and a rebuild are missed', async () => {
  const crashed = await usedInstance();
  await (await Daemon.start(crashed)).kill();
  const accepted = await usedInstance();
  const values = [...accepted.values, '-increment', '2'];
  await runTxnid(['accept', ...values]);
  const advanced = await usedInstance();
  await runTxnid(['advance', '500', ...advanced.values]);
  const rebuilt = await usedInstance();
  writeFileSync(join(rebuilt.confdir, 'txnid.dat'), '');
  await runTxnid(['advance', '500', ...rebuilt.values]);
  for (const instance of [crashed, { ...accepted, values }, advanced, rebuilt]) {
    assert.equal((await verify(instance)).code, 0, instance.values.join(' '));
    cutTrail(trailOf(instance), (lines) => lines.slice(0, -1));
    assert.match((await lives(instance)).join('\n'), warning);
  }
});

test('kills at any time, and refused starts, do not look like it', async () => {
  const instance = await usedInstance();
  for (const numbers of [0, 1, 50]) {
    const daemon = await Daemon.start(instance);
    await askNumbers(instance.port, numbers);
    await daemon.kill();
    assert.equal((await runTxnid([...instance.values, '-increment', '9'])).code, 80);
  }
  assert.deepEqual(await lives(instance), []);
  assert.ok(!eventNames(instance.confdir).includes('truncation found'));
  assert.equal((await verify(instance)).code, 0);
});

test('an event that found no room on the disk does not look like it', async () => {
  const instance = await usedInstance();
  for (let round = 0; round < 10; round++) {
    await (await openSequence({ confdir: instance.confdir })).close();
  }
  const daemon = await Daemon.start(instance, { wrapper: ['prlimit', '--fsize=8192'] });
  assert.match((await daemon.stop()).stderr, /Cannot write the audit trail/);
  assert.deepEqual(await lives(instance), []);
});

test('a line that a power cut tore is told as what it is, and goes', async () => {
  const instance = await usedInstance();
  appendFileSync(trailOf(instance), '{"time":"2026-01-01T00:00:00.000Z","event":"sta');
  const { code, stdout } = await verify(instance);
  assert.equal(code, 0);
  assert.match(stdout, /^whole: 5 events$\n^The audit trail .* ends in 47 bytes of a line/m);
  const said = await lives(instance);
  assert.match(
    said.join('\n'),
    /^txnid: The audit trail .* ends in 47 bytes of a line that a crash or/,
  );
  assert.equal(said.length, 1);
  assert.deepEqual(await lives(instance), []);
  assert.ok(!eventNames(instance.confdir).includes('truncation found'));
});

test('the loss of either slot does not look like it', async () => {
  for (const slot of [0, 1]) {
    const instance = await usedInstance();
    const path = join(instance.confdir, 'txnid.dat');
    writeFileSync(path, readFileSync(path).fill('?', slot * 4096, slot * 4096 + 4096));
    assert.deepEqual(await lives(instance), []);
  }
});

test('a progress file of a version that did not know the head is no fault, and learns it', async () => {
  const instance = await usedInstance();
  const path = join(instance.confdir, 'txnid.dat');
  const bytes = readFileSync(path);
  const older = [0, 4096].map((start) => {
    const text = bytes.toString('utf8', start, start + 4096);
    assert.match(text, /^trail\.head [0-9a-f]{64}$/m);
    return slotOf(
      text
        .slice(text.indexOf('\n') + 1)
        .replace(/^trail\.head .*\n/m, '')
        .trimEnd()
        .concat('\n'),
    );
  });
  writeFileSync(path, Buffer.concat(older));
  assert.deepEqual(await lives(instance), []);
  assert.match(readFileSync(path, 'utf8'), /^trail\.head [0-9a-f]{64}$/m);
});
