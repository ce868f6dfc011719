import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { duplicateOnto } from '../../src/libc/duplicate.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-duplicate-'));
after(() => rmSync(directory, { recursive: true }));

test('what is written to the descriptor goes to the other file from then on', () => {
  const [from, to] = ['from', 'to'].map((name) => join(directory, name)) as [string, string];
  const [fromFd, toFd] = [openSync(from, 'w'), openSync(to, 'w')];
  writeSync(toFd, 'before');
  duplicateOnto(fromFd, toFd);
  writeSync(toFd, 'after');
  closeSync(fromFd);
  closeSync(toFd);
  assert.equal(readFileSync(to, 'utf8'), 'before');
  assert.equal(readFileSync(from, 'utf8'), 'after');
});

test('a descriptor that is not open is refused', () => {
  assert.throws(() => duplicateOnto(-1, 0), { name: 'LibcError', code: 'EBADF' });
});
