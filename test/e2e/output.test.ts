/** What commands print reaches its reader whole, or they fail; and no signal opens a debugger. */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { openSequence } from '../../src/index.js';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { runTxnid, TxnidProcess, until } from '../support/processes/txnid-process.js';

const confdir = freshConfdir();
await (await openSequence({ confdir })).close();

const toFull = ['sh', '-c', '"$@" >/dev/full', 'sh'];

for (const command of ['status', 'config', 'version', 'help', 'check', 'audit']) {
  test(`${command} that cannot print fails`, async () => {
    const { code, stderr } = await runTxnid([command, '-confdir', confdir], { wrapper: toFull });
    assert.equal(code, 74, stderr);
    assert.match(stderr, /^txnid: Cannot write the output: ENOSPC.*: make room for it, or .*\n$/);
  });
}

test('a reader that has seen enough is no error', async () => {
  const wrapper = ['bash', '-c', 'set -o pipefail; "$@" | true', 'bash'];
  const { code, stderr } = await runTxnid(['help'], { wrapper });
  assert.deepEqual([code, stderr], [0, '']);
});

test('SIGUSR1 opens no debugger in a command', async (t) => {
  // It says nothing, so the command waits for its number.
  let asked = false;
  const server = createServer(() => {
    asked = true;
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await until(() => server.listening, 'the server');
  const { port } = server.address() as { port: number };
  const values = ['next', '-port', String(port), '-confdir', confdir];
  const command = new TxnidProcess(values);
  await until(() => asked, 'the command asks');
  command.child.kill('SIGUSR1');
  const { stderr, signal } = await command.end('SIGTERM');
  assert.deepEqual([stderr, signal], ['', 'SIGTERM']);
});
