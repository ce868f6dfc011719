import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalFault } from '../../../src/server/refusals/telling.js';

test('a refused peer is named by its address, whatever its highest bit', () => {
  assert.equal(
    refusalFault('not_allowed', 1, Uint8Array.of(192, 0, 2, 1))?.what,
    'Refused a connection from 192.0.2.1, which allow does not list',
  );
});

test('what was held back is told as a count', () => {
  assert.deepEqual(refusalFault('too_many_sessions', 17, new Uint8Array()), {
    what: 'Refused a session: as many as max-sessions are open (17 times)',
    remedy: 'raise max-sessions, or find the clients that keep sessions open',
  });
  assert.match(
    refusalFault('shortage', 2, new Uint8Array())?.what ?? '',
    /cannot watch .*\(2 times/,
  );
});

test('what the end of the service brings is not told again', () => {
  assert.equal(refusalFault('stopping', 9, new Uint8Array()), undefined);
  assert.equal(refusalFault('sequence_end', 9, new Uint8Array()), undefined);
});
