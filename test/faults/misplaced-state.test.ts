/** Something else in the place of a progress or audit file: refused with 65, and left as it is. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { auditLines, eventNames } from '../support/fixtures/audit-lines.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { assertRefused } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';

/** Puts something in the place of a file, which has been moved to `aside`. */
type Put = (path: string, aside: string) => void;

const others: Readonly<Record<string, Put>> = {
  'a directory': (path) => mkdirSync(path),
  'a FIFO': (path) => execFileSync('mkfifo', [path]),
  'a symbolic link': (path, aside) => symlinkSync(aside, path),
  'a symbolic link to nowhere': (path) => symlinkSync('nowhere', path),
  'a file with a second hard link': (path, aside) => linkSync(aside, path),
};

/** All of what stands there but the times at which it was looked at. */
function shapeOf(path: string) {
  const { mode, ino, nlink, size, mtimeMs, ctimeMs } = lstatSync(path);
  return { mode, ino, nlink, size, mtimeMs, ctimeMs };
}

/** An instance that has been used once, stopped, with number 1 handed out. */
async function usedInstance() {
  const instance = await newInstance('-threads', '1');
  await (await Daemon.start(instance)).stop();
  return instance;
}

for (const name of ['txnid.dat', 'txnid.audit']) {
  for (const [what, put] of Object.entries(others)) {
    test(`${what} in the place of ${name} is refused`, async () => {
      const instance = await usedInstance();
      const path = join(instance.confdir, name);
      const aside = join(instance.confdir, 'aside');
      renameSync(path, aside);
      put(path, aside);
      const before = [shapeOf(path), readFileSync(aside)];
      assertRefused(await runTxnid(instance.values), 65, new RegExp(`${path}`));
      const [placed] = before;
      assert.deepEqual(shapeOf(path), placed, 'left as it is');
      assert.deepEqual(readFileSync(aside), before[1]);
      rmSync(path, { recursive: true });
      renameSync(aside, path);
      const daemon = await Daemon.start(instance);
      assert.equal(daemon.first, 2n, 'and once it is put right, nothing was lost');
      await daemon.stop();
    });
  }
}

test('a misplaced progress file is not mended by advance before it is moved away', async () => {
  const instance = await usedInstance();
  const path = join(instance.confdir, 'txnid.dat');
  renameSync(path, `${path}.aside`);
  mkdirSync(path);
  assertRefused(await runTxnid(['advance', '100', ...instance.values]), 65, /move it away/);
  rmSync(path, { recursive: true });
  assert.equal((await runTxnid(['advance', '100', ...instance.values])).code, 0);
  const daemon = await Daemon.start(instance);
  assert.ok(daemon.first >= 100n);
  await daemon.stop();
});

test('an audit trail whose last line a crash cut off goes on after its last whole line', async () => {
  const instance = await usedInstance();
  const path = join(instance.confdir, 'txnid.audit');
  appendFileSync(path, '{"time":"2026-01-01T00:00:00.000Z","event":"sta');
  await (await Daemon.start(instance)).stop();
  assert.deepEqual(eventNames(instance.confdir), [
    'created',
    'started',
    'stopped',
    'started',
    'stopped',
  ]);
});

test('an audit trail that was moved away is begun again', async () => {
  const instance = await usedInstance();
  const path = join(instance.confdir, 'txnid.audit');
  renameSync(path, `${path}.moved`);
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, 2n);
  await daemon.stop();
  assert.deepEqual(eventNames(instance.confdir), ['truncation found', 'started', 'stopped']);
});

test('an audit trail whose very first line a crash cut off is begun again', async () => {
  const instance = await usedInstance();
  const path = join(instance.confdir, 'txnid.audit');
  truncateSync(path, 100);
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, 2n);
  await daemon.stop();
  assert.ok(auditLines(instance.confdir).length >= 2);
});

test('an audit trail whose last line is not an event is refused and left as it is', async () => {
  const instance = await usedInstance();
  const path = join(instance.confdir, 'txnid.audit');
  const whole = readFileSync(path);
  for (const line of ['garbage\n', '{}\n', '\n', 'null\n', `${'x'.repeat(70_000)}\n`]) {
    const bytes = Buffer.concat([whole, Buffer.from(line)]);
    writeFileSync(path, bytes);
    assertRefused(await runTxnid(instance.values), 65, /txnid\.audit/);
    assert.deepEqual(readFileSync(path), bytes);
  }
  assertRefused(await runTxnid(['check', ...instance.values]), 65, /txnid\.audit/);
});
