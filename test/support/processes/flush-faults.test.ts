import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { FaultyDisk } from '../../simulation/faulty-disk.js';
import { freshDirectory } from '../fixtures/scratch.js';

const disk = new FaultyDisk();
beforeEach(() => disk.mend());

/** Flushes four times, alternating the two calls; what came of each. */
function flushes(): string[] {
  const script = `
    const { openSync, fsyncSync, fdatasyncSync, writeSync } = require('node:fs');
    const fd = openSync(process.argv[1], 'w');
    for (const flush of [fsyncSync, fdatasyncSync, fsyncSync, fdatasyncSync]) {
      try { flush(fd); writeSync(1, 'ok '); } catch ({ code }) { writeSync(1, code + ' '); }
    }`;
  const file = join(freshDirectory(), 'file');
  const { stdout } = spawnSync(process.execPath, ['-e', script, file], {
    encoding: 'utf8',
    env: { ...process.env, ...disk.environment },
  });
  return stdout.trim().split(' ');
}

test('a disk that was not broken flushes', () => {
  assert.deepEqual(flushes(), ['ok', 'ok', 'ok', 'ok']);
});

test('eio fails every flush', () => {
  disk.break('eio');
  assert.deepEqual(flushes(), ['EIO', 'EIO', 'EIO', 'EIO']);
});

test('once fails the next flush only', () => {
  disk.break('once');
  assert.deepEqual(flushes(), ['EIO', 'ok', 'ok', 'ok']);
  assert.equal(disk.isBroken, false);
});

test('slow makes flushes succeed later', () => {
  disk.break('slow 100');
  const startMs = performance.now();
  assert.deepEqual(flushes(), ['ok', 'ok', 'ok', 'ok']);
  assert.ok(performance.now() - startMs >= 400);
});
