import assert from 'node:assert/strict';
import { closeSync, openSync, rmdirSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { systemError } from '../src/system-error.js';

function outline(error: unknown) {
  const { message, code, errno } = error as NodeJS.ErrnoException;
  return { message, code, errno };
}

test('the error is what the call itself would have failed with', () => {
  const path = '/nowhere/at/all';
  let real: unknown;
  try {
    rmdirSync(path);
  } catch (error) {
    real = error;
  }
  const foreseen = systemError(real, 'rmdir', path);
  assert.deepEqual(outline(foreseen), outline(real));
});

test('a call by descriptor fails without a path', () => {
  const descriptor = openSync('/dev/full', 'w');
  let real: unknown;
  try {
    writeSync(descriptor, 'x');
  } catch (error) {
    real = error;
  } finally {
    closeSync(descriptor);
  }
  assert.deepEqual(outline(systemError(real, 'write')), outline(real));
});

test('a cause that is no error of the system is told as one that nobody knows', () => {
  for (const cause of [new Error('no number'), { errno: -99_999 }]) {
    const { message, code } = systemError(cause, 'open', 'file') as NodeJS.ErrnoException;
    assert.deepEqual([message, code], ["EIO: unknown error, open 'file'", 'EIO']);
  }
});
