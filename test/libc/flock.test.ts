import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { flockExclusive } from '../../src/libc/flock.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-flock-'));
after(() => rmSync(directory, { recursive: true }));

test('a second open of the file does not get the lock, until the first is closed', () => {
  const path = join(directory, 'locked');
  const first = openSync(path, 'w');
  const second = openSync(path, 'r');
  assert.equal(flockExclusive(first), true);
  assert.equal(flockExclusive(second), false);
  closeSync(first);
  assert.equal(flockExclusive(second), true);
  closeSync(second);
});

test('what cannot be locked is an error, not a lock held by another', () => {
  assert.throws(() => flockExclusive(-1), { name: 'LibcError', call: 'flock', code: 'EBADF' });
});
