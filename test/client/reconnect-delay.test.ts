import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconnectDelayMsMax, reconnectDelayMsMin } from '../../src/client/limits.js';
import { reconnectDelayMs } from '../../src/client/session-client.js';

test('the first connection after one that served is made at once', () => {
  assert.equal(reconnectDelayMs(0, 0.5), 0);
});

test('each failure doubles the pause, up to a limit, of which half is chance', () => {
  const longest = Array.from({ length: 9 }, (_, index) => reconnectDelayMs(index + 1, 1));
  assert.deepEqual(longest, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  assert.equal(reconnectDelayMs(1, 0), reconnectDelayMsMin / 2);
  assert.equal(reconnectDelayMs(10_000, 0), reconnectDelayMsMax / 2);
});
