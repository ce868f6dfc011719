import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusals } from '../../../src/server/refusals/refusals.js';
import { Tally } from '../../../src/server/shared/tally.js';
import type { ThreadMessage } from '../../../src/server/shared/thread-messages.js';

test('every refusal is counted, and the first of a reason is reported, whichever thread it met', () => {
  const messages: ThreadMessage[] = [];
  const tally = Tally.allocate(2);
  const [one, other] = [0, 1].map(
    (thread) => new Refusals(tally.ofThread(thread), (message) => messages.push(message)),
  );
  for (let turn = 0; turn < 5; turn++) {
    one?.note('not_allowed', Uint8Array.of(127, 0, 0, 1));
    other?.note('not_allowed', Uint8Array.of(192, 0, 2, 1));
  }
  other?.note('too_many_sessions');
  assert.deepEqual(messages, [
    { kind: 'refused', reason: 'not_allowed' },
    { kind: 'refused', reason: 'too_many_sessions' },
  ]);
  assert.deepEqual([tally.sum('not_allowed'), tally.sum('too_many_sessions')], [10, 1]);
  assert.deepEqual([...tally.lastPeer()], [192, 0, 2, 1]);
  tally.rest('not_allowed');
  for (let turn = 0; turn < 2; turn++) one?.note('not_allowed', Uint8Array.of(127, 0, 0, 1));
  assert.equal(messages.length, 3);
  assert.equal(tally.sum('not_allowed'), 12);
  const ipv6 = Uint8Array.from({ length: 16 }, (_, place) => place + 240);
  one?.note('not_allowed', ipv6);
  assert.deepEqual(tally.lastPeer(), ipv6);
});
