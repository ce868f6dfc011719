/** The first connection: what can go wrong with it is told to who connects. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { errorOf } from './connected.js';
import { bel, etx, FakeServer } from './fake-server.js';

test('where nobody listens connecting fails, and says so', async () => {
  const port = await freePort();
  const error = await errorOf(connect({ host: '127.0.0.1', port }));
  assert.deepEqual([error.code, error.mayHaveConsumed], ['connect', false]);
  assert.match(
    error.message,
    new RegExp(`Cannot connect to 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`),
  );
  const named = await errorOf(connect({ host: 'localhost', port }));
  assert.match(named.message, /ECONNREFUSED/);
});

test('a server that turns the client away without a byte fails the connecting', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  server.greeting = undefined;
  assert.equal((await errorOf(connect({ host: '127.0.0.1', port: server.port }))).code, 'connect');
});

test('a server that never answers fails the connecting in time', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  server.greeting = '';
  const options = { host: '127.0.0.1', port: server.port, connectTimeoutMs: 30 };
  assert.equal((await errorOf(connect(options))).code, 'connect');
});

test('a port that is not a session port fails the connecting', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  for (const greeting of ['17\n', `1${etx}`, 'HTTP/1.1 400 Bad Request\r\n']) {
    server.greeting = greeting;
    const error = await errorOf(connect({ host: '127.0.0.1', port: server.port }));
    assert.equal(error.code, 'protocol', JSON.stringify(greeting));
  }
});

test('a server that never serves is not asked to over and over', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  server.greeting = `${bel}${bel}`;
  const options = { host: '127.0.0.1', port: server.port, requestTimeoutMs: 500 };
  const client = await connect(options);
  const error = await errorOf(client.next());
  assert.deepEqual([error.code, error.mayHaveConsumed], ['timeout', false]);
  assert.match(error.message, /sent another reply than was asked for/);
  assert.ok(server.received.length < 8, `${server.received.length} connections`);
  await client.close();
});

test('connecting can be aborted, before and during', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  server.greeting = '';
  const address = { host: '127.0.0.1', port: server.port };
  const reason = new Error('enough');
  const before = await errorOf(connect({ ...address, signal: AbortSignal.abort(reason) }));
  assert.deepEqual([before.code, before.cause], ['aborted', reason]);
  const during = await errorOf(connect({ ...address, signal: AbortSignal.timeout(20) }));
  assert.equal(during.code, 'aborted');
});
