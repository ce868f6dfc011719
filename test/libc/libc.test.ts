import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checked, errno, foreign, LibcError } from '../../src/libc/libc.js';

const close = foreign<(fd: number) => number>('int close(int)');

test('a failed call names itself, the errno and what it means', () => {
  assert.throws(
    () => checked('close', close(-1)),
    (error) =>
      error instanceof LibcError &&
      error.call === 'close' &&
      error.code === 'EBADF' &&
      error.message === 'close: EBADF: bad file descriptor',
  );
});

test('a call that succeeds gives its result', () => {
  assert.equal(checked('nothing', 7), 7);
});

test('errno is that of the last call', () => {
  assert.equal(close(-1), -1);
  assert.equal(new LibcError('close', errno()).code, 'EBADF');
});

test('an errno without a name is shown as its number', () => {
  assert.equal(new LibcError('close', 4711).code, 'errno 4711');
});
