import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the benchmark of the one-shot port runs, and no server of it fails a client', () => {
  const script = fileURLToPath(new URL('./one-shot.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--smoke'], {
    encoding: 'utf8',
    // Far longer than it takes: lest a server that does not answer stops the gate.
    timeout: 120_000,
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^least C server .*\ntxnid threads .*\nnode:net .*\n$/m);
});
