import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { LibcError } from '../../../src/libc/libc.js';
import { judgeAcceptError, nextPauseMs } from '../../../src/server/accepting/accept-failures.js';

const {
  EAGAIN,
  EINTR,
  ECONNABORTED,
  EPERM,
  ENETDOWN,
  EPROTO,
  EOPNOTSUPP,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOMEM,
} = constants.errno;
const { EBADF, EINVAL, ENOTSOCK } = constants.errno;
/** ENONET and EHOSTDOWN of Linux, which node:os does not have. */
const [ENONET, EHOSTDOWN] = [64, 112];

const expected = {
  passing: [EAGAIN, EINTR, ECONNABORTED, EPERM, ENETDOWN, EPROTO, EOPNOTSUPP, ENONET, EHOSTDOWN],
  shortage: [EMFILE, ENFILE, ENOBUFS, ENOMEM],
  fatal: [EBADF, EINVAL, ENOTSOCK, 4711],
};

for (const [kind, numbers] of Object.entries(expected)) {
  for (const number of numbers) {
    const { code } = new LibcError('accept', number);
    test(`${code} from accept is ${kind}`, () => assert.equal(judgeAcceptError(code), kind));
  }
}

test('pauses of a shortage grow from 10 ms to a second', () => {
  const pauses = Array.from({ length: 9 }).reduce<number[]>(
    (sofar) => [...sofar, nextPauseMs(sofar.at(-1) ?? 0)],
    [],
  );
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
});
