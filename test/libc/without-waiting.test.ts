import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { withoutWaiting } from '../../src/libc/without-waiting.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-waiting-'));
after(() => rmSync(directory, { recursive: true }));

const fifo = join(directory, 'fifo');
execFileSync('mkfifo', [fifo]);

function blocks(fd: number): boolean {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  const flags = Number.parseInt(/flags:\s+(\d+)/.exec(info)?.[1] ?? '', 8);
  return (flags & constants.O_NONBLOCK) === 0;
}

test('a write that would wait fails, and later ones wait again', () => {
  const fd = openSync(fifo, constants.O_RDWR);
  const fill = () => {
    for (;;) writeSync(fd, Buffer.alloc(4096));
  };
  assert.throws(() => withoutWaiting(fd, fill), { code: 'EAGAIN' });
  assert.equal(blocks(fd), true);
  closeSync(fd);
});

test('what does not block stays so, and what is not open is no matter', () => {
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  withoutWaiting(fd, () => assert.equal(blocks(fd), false));
  assert.equal(blocks(fd), false);
  closeSync(fd);
  let isDone = false;
  withoutWaiting(fd, () => {
    isDone = true;
  });
  assert.ok(isDone);
});
