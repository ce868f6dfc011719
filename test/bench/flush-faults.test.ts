import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { buildLibrary } from './native.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-flush-faults-'));
after(() => rmSync(directory, { recursive: true }));
const library = buildLibrary('flush-faults', directory);
const faultSwitch = join(directory, 'switch');
beforeEach(() => rmSync(faultSwitch, { force: true }));

/** Flushes four times, alternating the two calls, with the fault on; what came of each. */
function flushes(fault?: string): string[] {
  if (fault !== undefined) writeFileSync(faultSwitch, `${fault}\n`);
  const script = `
    const { openSync, fsyncSync, fdatasyncSync, writeSync } = require('node:fs');
    const fd = openSync(process.argv[1], 'w');
    for (const flush of [fsyncSync, fdatasyncSync, fsyncSync, fdatasyncSync]) {
      try { flush(fd); writeSync(1, 'ok '); } catch ({ code }) { writeSync(1, code + ' '); }
    }`;
  const { stdout } = spawnSync(process.execPath, ['-e', script, join(directory, 'file')], {
    encoding: 'utf8',
    env: { ...process.env, LD_PRELOAD: library, FAULT_SWITCH: faultSwitch },
  });
  return stdout.trim().split(' ');
}

test('without a switch, flushes succeed', () => {
  assert.deepEqual(flushes(), ['ok', 'ok', 'ok', 'ok']);
});

test('eio fails every flush', () => {
  assert.deepEqual(flushes('eio'), ['EIO', 'EIO', 'EIO', 'EIO']);
});

test('once fails the next flush only', () => {
  assert.deepEqual(flushes('once'), ['EIO', 'ok', 'ok', 'ok']);
  assert.equal(existsSync(faultSwitch), false);
});

test('slow makes flushes succeed later', () => {
  const startMs = performance.now();
  assert.deepEqual(flushes('slow 100'), ['ok', 'ok', 'ok', 'ok']);
  assert.ok(performance.now() - startMs >= 400);
});
