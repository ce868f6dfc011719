import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, resolveWritten } from './resolve.js';

test('one port for two services is a fault that names where it was given', () => {
  const error = errorOf(() => resolveWritten({ yaml: 'session-port: 8963' }));
  assert.equal(error.exitCode, 78);
  const line =
    'txnid.yaml:1:15: session-port is 8963, which port is too: give each a port of its own';
  assert.equal(error.message, line);
});

test('the fault names the other place where only that was given', () => {
  const error = errorOf(() =>
    resolveWritten({ yaml: 'session-port: 7000', flags: ['-port=7000'] }),
  );
  assert.match(error.message, /^txnid\.yaml:1:15: session-port is 7000/);
});

test('services that are off clash with nobody', () => {
  assert.equal(resolveWritten({ yaml: 'session-port: 0' }).values['session-port'], 0);
});
