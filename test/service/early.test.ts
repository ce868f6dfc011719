/** What looks like the start of a service, and so begins its first thread before anything is known. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerVariable } from '../../src/host/caller.js';
import { beginEarly } from '../../src/service/early.js';

/** Whether these arguments begin a thread early; it is ended again. */
async function begins(tokens: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const early = beginEarly(tokens, environment);
  await early?.oneShotThread.worker.terminate();
  return early !== undefined;
}

test('a service begins its first thread early, whatever its flags', async () => {
  for (const tokens of [
    [],
    ['-v'],
    ['-port', '8963', '--confdir=/srv/x'],
    ['-confdir', 'status'],
  ]) {
    assert.equal(await begins(tokens), true, tokens.join(' '));
  }
});

test('commands, help, and a caller that only waits for its service begin none', async () => {
  for (const tokens of [
    ['status'],
    ['-confdir', '/srv/x', 'status'],
    ['-h'],
    ['--help'],
    ['-version'],
    ['-daemon'],
    ['--daemon=true', '-v'],
  ]) {
    assert.equal(await begins(tokens), false, tokens.join(' '));
  }
  assert.equal(await begins(['-daemon'], { [callerVariable]: '1' }), true, 'the service itself');
});
