/** The client of the one-shot port: a number is one only when all of it came. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { askOneShot } from '../../src/client/one-shot.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { rejection } from './connected.js';

async function addressOf(context: TestContext, serve: (connection: Socket) => void) {
  const server = createServer((connection) => {
    connection.on('error', () => {});
    serve(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

test('a number and its newline are a number, in any pieces', async (context) => {
  const address = await addressOf(context, (connection) => {
    connection.write('184467440737');
    setImmediate(() => connection.end('09551614\n'));
  });
  assert.equal(await askOneShot(address), 2n ** 64n - 2n);
});

for (const [text, code] of [
  ['', 'connection-lost'],
  ['17', 'protocol'],
  ['17\n18\n', 'protocol'],
  ['-1\n', 'protocol'],
  ['9'.repeat(100), 'protocol'],
] as const) {
  test(`${JSON.stringify(text)} is none`, async (context) => {
    const address = await addressOf(context, (connection) => connection.end(text));
    assert.deepEqual(await rejection(askOneShot(address)), [code, true]);
  });
}

test('a reset amid a number gives none', async (context) => {
  const address = await addressOf(context, (connection) => {
    connection.write('17', () => connection.resetAndDestroy());
  });
  assert.deepEqual(await rejection(askOneShot(address)), ['connection-lost', true]);
});

test('where nobody listens nothing can have been used up', async () => {
  const address = { host: '127.0.0.1', port: await freePort() };
  assert.deepEqual(await rejection(askOneShot(address)), ['connect', false]);
});
