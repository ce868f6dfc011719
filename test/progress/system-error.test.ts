import assert from 'node:assert/strict';
import { rmdirSync } from 'node:fs';
import { test } from 'node:test';
import { systemError } from '../../src/progress/system-error.js';

test('the error is what the call itself would have failed with', () => {
  const path = '/nowhere/at/all';
  let real: unknown;
  try {
    rmdirSync(path);
  } catch (error) {
    real = error;
  }
  const foreseen = systemError(real, 'rmdir', path);
  const of = ({ message, code, errno }: NodeJS.ErrnoException) => ({ message, code, errno });
  assert.deepEqual(of(foreseen), of(real as NodeJS.ErrnoException));
});

test('a cause that is no error of the system is told as one that nobody knows', () => {
  for (const cause of [new Error('no number'), { errno: -99_999 }]) {
    const { message, code } = systemError(cause, 'open', 'file') as NodeJS.ErrnoException;
    assert.deepEqual([message, code], ["EIO: unknown error, open 'file'", 'EIO']);
  }
});
