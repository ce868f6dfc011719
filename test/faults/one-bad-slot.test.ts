/** One bad slot of two is survived, and never repeats a number, even when the bad one is the newer. */

import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { positionOf } from '../../src/progress/file/choice.js';
import { chooseRecord } from '../../src/progress/file/content.js';
import { numberAt, numberMax } from '../../src/sequence/progression.js';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, type Instance, instanceOn, newInstance } from '../support/processes/daemon.js';
import { askNumbers, Clients } from '../support/processes/one-shot-client.js';
import { runTxnid, until } from '../support/processes/txnid-process.js';

const slotBytes = 4096;

interface Left {
  readonly instance: Instance;
  readonly bytes: Buffer;
  /** The highest number handed out. */
  readonly last: bigint;
}

/** After a crash in the middle of steady use: reservations have moved many times. */
async function leftByCrash(): Promise<Left> {
  const instance = await newInstance('-increment', '32767', '-threads', '1');
  const daemon = await Daemon.start(instance);
  const clients = new Clients(instance.port, 3);
  await until(() => clients.count > 2500, 'the reservation has moved');
  await daemon.kill();
  await clients.stop();
  return leftIn(instance, clients.numbers.flat());
}

async function leftByStop(): Promise<Left> {
  const instance = await newInstance('-threads', '1');
  const daemon = await Daemon.start(instance);
  const numbers = await askNumbers(instance.port, 3);
  await daemon.stop();
  return leftIn(instance, numbers);
}

function leftIn(instance: Instance, numbers: bigint[]): Left {
  const bytes = readFileSync(join(instance.confdir, 'txnid.dat'));
  const last = numbers.reduce((a, b) => (a > b ? a : b));
  return { instance, bytes, last };
}

/** Where each field of a slot begins. */
function fieldOffsets(slot: Buffer): [string, number][] {
  const lines = slot.toString('latin1').trimEnd().split('\n');
  let offset = 0;
  return lines.map((line) => {
    const start = offset;
    offset += line.length + 1;
    return [line.split(' ')[0] ?? '', start];
  });
}

async function assertSurvives({ instance, last }: Left, bytes: Buffer, what: string) {
  const confdir = freshConfdir();
  cpSync(instance.confdir, confdir, { recursive: true, filter: (path) => !/\.lock$/.test(path) });
  const path = join(confdir, 'txnid.dat');
  writeFileSync(path, bytes);
  const status = await runTxnid(['status', '-json', '-confdir', confdir]);
  assert.equal(status.code, 0, `${what}: ${status.stderr}`);
  const { next } = JSON.parse(status.stdout) as { next: string };
  assert.ok(BigInt(next) > last, `${what}: next ${next} is above ${last}`);
  return { ...instanceOn(confdir, instance.port, ...instance.values.slice(6)), next };
}

for (const [when, leave] of [
  ['a crash under load', leftByCrash],
  ['a clean stop', leftByStop],
] as const) {
  test(`after ${when} either slot may be lost`, async () => {
    const left = await leave();
    for (const slot of [0, 1]) {
      for (const fill of [0x00, 0xff]) {
        const bytes = Buffer.from(left.bytes);
        bytes.fill(fill, slot * slotBytes, (slot + 1) * slotBytes);
        const survivor = await assertSurvives(left, bytes, `slot ${slot} is ${fill}`);
        const daemon = await Daemon.start(survivor);
        assert.equal(daemon.first, BigInt(survivor.next), 'the start does what status says');
        assert.equal((await daemon.stop()).code, 0);
      }
    }
  });
}

test('a damaged byte in any field of either slot is survived', async () => {
  const left = await leftByCrash();
  const progression = { instance: 1n, increment: 32767n, max: numberMax };
  for (const slot of [0, 1]) {
    const fields = fieldOffsets(left.bytes.subarray(slot * slotBytes, (slot + 1) * slotBytes));
    assert.ok(fields.length > 20);
    for (const [name, offset] of fields) {
      const bytes = Buffer.from(left.bytes);
      const flipped = slot * slotBytes + offset + name.length + 1;
      bytes[flipped] = (bytes[flipped] ?? 0) ^ 0x01;
      const choice = chooseRecord(bytes);
      assert.ok(!('unusable' in choice) && !choice.isNeighbourIntact, `${name} of slot ${slot}`);
      const { index } = positionOf(choice, progression);
      assert.ok(numberAt(progression, index) > left.last, `${name} of slot ${slot}`);
    }
  }
});
