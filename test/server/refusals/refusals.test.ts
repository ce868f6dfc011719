import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusals } from '../../../src/server/refusals/refusals.js';
import { Tally } from '../../../src/server/shared/tally.js';
import type { ThreadMessage } from '../../../src/server/shared/thread-messages.js';

test('every refusal is counted, and one of a reason is reported in a second', () => {
  let nowMs = 0;
  const messages: ThreadMessage[] = [];
  const tally = Tally.allocate(1);
  const refusals = new Refusals(
    tally.ofThread(0),
    (message) => messages.push(message),
    () => nowMs,
  );
  for (; nowMs < 1500; nowMs += 100) refusals.note('not_allowed', 0x7f000001);
  refusals.note('too_many_sessions');
  assert.deepEqual(messages, [
    { kind: 'refused', reason: 'not_allowed', peer: 0x7f000001 },
    { kind: 'refused', reason: 'not_allowed', peer: 0x7f000001 },
    { kind: 'refused', reason: 'too_many_sessions' },
  ]);
  assert.deepEqual([tally.sum('not_allowed'), tally.sum('too_many_sessions')], [15, 1]);
});
