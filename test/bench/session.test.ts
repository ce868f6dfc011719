import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the benchmark of the session port runs at every depth', () => {
  const script = fileURLToPath(new URL('./session.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--smoke'], {
    encoding: 'utf8',
    // Far longer than it takes: lest a server that does not answer stops the gate.
    timeout: 120_000,
  });
  assert.equal(status, 0, stderr);
  for (const depth of [1, 16, 256]) assert.match(stdout, new RegExp(`^ +${depth} txnid `, 'm'));
});
