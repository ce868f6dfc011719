/**
 * A progress file that is damaged: survived without a repeat where one slot is intact, else refused
 * with 65 and left as it is, and mended by `txnid advance N`.
 */

import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import { eventNames } from '../support/fixtures/audit-lines.js';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, type Instance, instanceOn, newInstance } from '../support/processes/daemon.js';
import { askNumbers } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { runTxnid } from '../support/processes/txnid-process.js';

const slotBytes = 4096;
type Damage = (bytes: Buffer) => Buffer;

function slotOf(bytes: Buffer, slot: number): Buffer {
  return bytes.subarray(slot * slotBytes, (slot + 1) * slotBytes);
}

/** A slot of another format version whose checksum holds, by the layout that all versions share. */
function ofVersion(slot: Buffer, version: string): Buffer {
  const text = slot.toString('latin1');
  const rest = text.slice(text.indexOf('\n') + version.length);
  const head = (crc: number) =>
    `txnid-progress ${version} crc32 ${crc.toString(16).padStart(8, '0')}\n`;
  return Buffer.from(head(crc32(head(0) + rest)) + rest, 'latin1');
}

const refused: Readonly<Record<string, Damage>> = {
  'an empty file': () => Buffer.alloc(0),
  'a file cut to one byte': (bytes) => bytes.subarray(0, 1),
  'a file cut within its second slot': (bytes) => bytes.subarray(0, slotBytes + 100),
  'a file that lacks its second slot': (bytes) => bytes.subarray(0, slotBytes),
  'a file that lacks its last byte': (bytes) => bytes.subarray(0, -1),
  'a file with a byte too many': (bytes) => Buffer.concat([bytes, Buffer.from(' ')]),
  'a file of zeros': (bytes) => Buffer.alloc(bytes.length),
  'a file with a flipped byte in both slots': (bytes) => flip(flip(bytes, 100), slotBytes + 100),
  'a newer version in both slots': (bytes) =>
    Buffer.concat([0, 1].map((slot) => ofVersion(slotOf(bytes, slot), '2'))),
  'a newer version in the first slot': (bytes) =>
    Buffer.concat([ofVersion(slotOf(bytes, 0), '2'), slotOf(bytes, 1)]),
  'a newer version in the second slot': (bytes) =>
    Buffer.concat([slotOf(bytes, 0), ofVersion(slotOf(bytes, 1), '10')]),
};

function flip(bytes: Buffer, offset: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[offset] = (changed[offset] ?? 0) ^ 0x01;
  return changed;
}

/** An instance that has crashed, its last number, and a way to have it again. */
async function crashedInstance() {
  const instance = await newInstance('-instance', '2', '-increment', '5', '-threads', '1');
  const first = await Daemon.start(instance);
  await first.stop();
  const daemon = await Daemon.start(instance);
  const last = (await askNumbers(instance.port, 3)).at(-1) ?? 0n;
  await daemon.kill();
  return { instance, last };
}

const { instance, last } = await crashedInstance();
const file = join(instance.confdir, 'txnid.dat');
const intact = readFileSync(file);

/** The same instance in a directory of its own. */
function copyOf(original: Instance): Instance {
  const confdir = freshConfdir();
  const copy = instanceOn(confdir, original.port, ...original.values.slice(6));
  copyDirectory(original.confdir, confdir);
  return copy;
}

for (const [name, damage] of Object.entries(refused)) {
  test(`${name} is refused and left as it is, and advance mends it`, async () => {
    const copy = copyOf(instance);
    const path = join(copy.confdir, 'txnid.dat');
    const damaged = damage(intact);
    writeFileSync(path, damaged);
    assertRefused(await runTxnid(copy.values), 65, /txnid advance N/);
    assert.deepEqual(readFileSync(path), damaged, 'left as it is');
    await assertMended(copy);
  });
}

test('a missing file is refused while the trail knows of it, and advance mends it', async () => {
  const copy = copyOf(instance);
  rmSync(join(copy.confdir, 'txnid.dat'));
  await assertUnusable(copy, join(copy.confdir, 'txnid.dat'));
  await assertMended(copy);
  const { next } = await statusOf(copy.confdir);
  const daemon = await Daemon.start(copy);
  assert.equal(String(daemon.first), next);
  await daemon.stop();
});

test('an older copy is refused, and advance mends it', async () => {
  const older = await newInstance();
  const path = join(older.confdir, 'txnid.dat');
  await (await Daemon.start(older)).stop();
  copyFileSync(path, `${path}.old`);
  const daemon = await Daemon.start(older);
  const numbers = await askNumbers(older.port, 5);
  await daemon.stop();
  const restored = readFileSync(`${path}.old`);
  writeFileSync(path, restored);
  assertRefused(await runTxnid(older.values), 65, /txnid advance N/);
  assert.deepEqual(readFileSync(path), restored);
  assert.equal((await runTxnid(['advance', '1', ...older.values])).code, 0);
  const next = await Daemon.start(older);
  assert.ok(numbers.every((number) => number < next.first));
  await next.stop();
});

/** A start, check and status say the same, in one line with the path and the way out. */
async function assertUnusable(copy: Instance, path: string): Promise<void> {
  for (const command of [[], ['check'], ['status']]) {
    const values = command[0] === 'status' ? ['-confdir', copy.confdir] : copy.values;
    const ended = await runTxnid([...command, ...values]);
    assertRefused(ended, 65, /txnid advance N/);
    assert.ok(ended.stderr.includes(path), 'it names the file');
  }
}

/** Even an operator who names a number below everything cannot make it repeat one. */
async function assertMended(copy: Instance): Promise<void> {
  const advanced = await runTxnid(['advance', '10', ...copy.values]);
  assert.equal(advanced.code, 0, advanced.stderr);
  assert.match(advanced.stdout, /^from \d+\nto \d+\n$/);
  assert.ok(eventNames(copy.confdir).includes('advanced'));
  const { next, clean } = await statusOf(copy.confdir);
  assert.ok(clean && BigInt(next) > last, `${next} is above ${last}`);
  assert.equal((BigInt(next) - 2n) % 5n, 0n, 'on the progression');
}

function copyDirectory(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('.lock') });
}
