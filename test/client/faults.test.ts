/** What a client does when the server, or the way to it, fails. */

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connected, errorOf, rejection, seen } from './connected.js';
import { bel, etx, FakeServer, stx } from './fake-server.js';

/** Answers the first piece of requests with these bytes, and any later one not at all. */
function once(answer: (connection: Socket, bytes: string) => void) {
  let isFirst = true;
  return (connection: Socket, bytes: string): void => {
    if (isFirst) answer(connection, bytes);
    isFirst = false;
  };
}

test('what was not written waits for a server that is gone to come back', async (context) => {
  const { client, server } = await connected(context);
  assert.equal(await client.next(), 1n);
  const { port } = server;
  await server.close();
  await seen();
  const asked = [client.next(), client.take(5), client.ping()] as const;
  await sleep(200);
  const again = await FakeServer.listen(undefined, port);
  context.after(() => again.close());
  const [number, range] = await Promise.all(asked);
  assert.deepEqual([number, range.first], [1n, 2n]);
  assert.deepEqual(again.received, [[bel, `${stx}5${stx}${bel}`]]);
});

test('a reply split at every byte is one reply', async (context) => {
  const send = async (connection: Socket, bytes: string) => {
    for (const byte of bytes) {
      connection.write(byte);
      await sleep(1);
    }
  };
  const answering = (connection: Socket): void => {
    void send(connection, `18446744073709540000${etx}${bel}18446744073709540003+3*1000${etx}`);
  };
  const { client } = await connected(context, { answering });
  const [number, , range] = await Promise.all([client.next(), client.ping(), client.take(1000)]);
  assert.deepEqual([number, range.last], [18446744073709540000n, 18446744073709543000n]);
});

test('a connection that is reset amid a reply loses what was written, and nothing is asked twice', async (context) => {
  const answering = once((connection) => {
    connection.write(`1${etx}2`, () => seen().then(() => connection.resetAndDestroy()));
  });
  const { client, server } = await connected(context, { answering });
  const [first, half, range, ping] = [client.next(), client.next(), client.take(3), client.ping()];
  const lost = [rejection(half), rejection(range), rejection(ping)];
  assert.equal(await first, 1n);
  assert.deepEqual(await Promise.all(lost), [
    ['connection-lost', true],
    ['connection-lost', true],
    ['connection-lost', false],
  ]);
  await sleep(100);
  assert.deepEqual(server.received, [[bel, `${stx}${stx}3${stx}${bel}`]]);
});

test('a server that stops answers what it can, the rest is lost', async (context) => {
  const answering = once((connection) => connection.end(`1${etx}2${etx}`));
  const { client } = await connected(context, { answering });
  const [first, second, third] = [client.next(), client.next(), client.next()];
  const lost = rejection(third);
  assert.deepEqual(await Promise.all([first, second]), [1n, 2n]);
  assert.deepEqual(await lost, ['connection-lost', true]);
});

test('an idle connection that the server closes is opened again for the next request', async (context) => {
  const { client, server } = await connected(context);
  for (let turn = 1n; turn <= 5n; turn++) {
    assert.equal(await client.next(), turn);
    server.disconnect();
    await seen();
  }
  assert.equal(server.received.length, 5);
});

const violations: readonly [string, string][] = [
  ['wrong bytes', 'ERR\r\n'],
  ['a number where a range is due', `7${etx}8${etx}`],
  ['a range of another count', `7${etx}8+1*9${etx}`],
  ['a ping where a number is due', `${bel}`],
  ['a number again', `7${etx}7+1*10${etx}`],
];

for (const [what, bytes] of violations) {
  test(`${what}: the connection is closed and all in flight fail`, async (context) => {
    const answering = once((connection) => connection.write(bytes));
    const { client, server } = await connected(context, { answering });
    const isFirstGood = bytes.startsWith('7');
    const [first, range, last] = [client.next(), client.take(10), client.next()];
    const failures = isFirstGood ? [range, last] : [first, range, last];
    for (const failed of await Promise.all(failures.map(rejection))) {
      assert.deepEqual(failed, ['protocol', true]);
    }
    if (isFirstGood) assert.equal(await first, 7n);
    await server.idle();
  });
}

test('a reply that nobody asked for closes the connection; the next request gets another', async (context) => {
  let isFirst = true;
  const answering = (connection: Socket, bytes: string): void => {
    connection.write(isFirst ? `1${etx}2${etx}` : `${bytes.length + 100}${etx}`);
    isFirst = false;
  };
  const { client, server } = await connected(context, { answering });
  assert.equal(await client.next(), 1n);
  await server.idle();
  assert.equal(await client.next(), 101n);
  assert.equal(server.received.length, 2);
});

test('a server that falls silent: what was written fails in time, what comes after gets a new connection', async (context) => {
  let isSilent = true;
  const answering = (connection: Socket): void => {
    if (!isSilent) connection.write(`5${etx}`);
  };
  const options = { requestTimeoutMs: 500 };
  const { client, server } = await connected(context, { answering, options });
  const silent = [rejection(client.next()), rejection(client.take(2)), rejection(client.ping())];
  assert.deepEqual(await Promise.all(silent), [
    ['timeout', true],
    ['timeout', true],
    ['timeout', false],
  ]);
  isSilent = false;
  assert.equal(await client.next(), 5n);
  assert.equal(server.received.length, 2);
});

test('without a server, what waits fails in time and has used up nothing', async (context) => {
  const { client, server } = await connected(context, { options: { requestTimeoutMs: 60 } });
  await server.close();
  await seen();
  const error = await errorOf(client.next());
  assert.deepEqual([error.code, error.mayHaveConsumed], ['timeout', false]);
  assert.match(String(error.cause), /ECONNREFUSED/);
});
