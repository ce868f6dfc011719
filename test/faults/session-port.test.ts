/** The session port as settings, `check` and the verbose output know it. */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { runTxnid } from '../support/processes/txnid-process.js';

test('the ports are told with -v, and check calls those of the running daemon no fault', async () => {
  const sessionPort = await freePort();
  const instance = await newInstance('-session-port', `${sessionPort}`, '-threads', '2');
  const daemon = await Daemon.start(instance, { values: ['-v'] });
  const { code, stdout } = await runTxnid(['check', ...instance.values]);
  assert.equal(`${code} ${stdout}`, '0 ok\n');
  const { stdout: said } = await daemon.stop();
  assert.match(said, new RegExp(`^session port 127.0.0.1:${sessionPort}, 2 threads$`, 'm'));
});

test('a session port in use is told by check and refused by a start, with 255', async () => {
  const taken = createServer();
  const sessionPort = await freePort();
  await new Promise<void>((resolve) => taken.listen(sessionPort, '127.0.0.1', resolve));
  const instance = await newInstance('-session-port', `${sessionPort}`);
  for (const command of [['check'], []]) {
    const { code, stderr } = await runTxnid([...command, ...instance.values]);
    assert.equal(code, 255);
    assert.match(
      stderr,
      new RegExp(`Cannot listen on 127.0.0.1:${sessionPort}: address already in`),
    );
  }
  taken.close();
});

test('one port for both is a fault of the settings', async () => {
  const instance = await newInstance();
  const { code, stderr } = await runTxnid([
    ...instance.values,
    '-session-port',
    `${instance.port}`,
  ]);
  assert.equal(code, 78);
  assert.match(stderr, /-session-port: session-port is \d+, which port is too: give each a port/);
});
