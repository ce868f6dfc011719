import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the measurement of the load generator runs on both ports', () => {
  const script = fileURLToPath(new URL('./generator.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--smoke'], {
    encoding: 'utf8',
    // Far longer than it takes: lest a server that does not answer stops the gate.
    timeout: 120_000,
  });
  assert.equal(status, 0, stderr);
  for (const load of ['one-shot', 'session, depth 16']) {
    assert.match(stdout, new RegExp(`^${load} +[\\d.]+ +[\\d.]+$`, 'm'));
  }
});
