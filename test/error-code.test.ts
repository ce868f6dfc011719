import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCode } from '../src/error-code.js';

test('a system error has its code, and nothing else has one', () => {
  assert.equal(errorCode(Object.assign(new Error('x'), { code: 'ENOENT' })), 'ENOENT');
  const others = [new Error('x'), Object.assign(new Error('x'), { code: 5 }), { code: 'ENOENT' }];
  for (const other of [...others, undefined, null, 'ENOENT']) {
    assert.equal(errorCode(other), undefined);
  }
});
