/** What becomes of a request that nobody wants any more. */

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { connected, rejection, seen } from './connected.js';
import { bel, stx } from './fake-server.js';

test('an abort before the write asks nothing', async (context) => {
  const { client, server } = await connected(context);
  const abort = new AbortController();
  const aborted = rejection(client.next({ signal: abort.signal }));
  abort.abort();
  assert.deepEqual(await aborted, ['aborted', false]);
  assert.deepEqual(await rejection(client.next({ signal: abort.signal })), ['aborted', false]);
  assert.equal(await client.next(), 1n);
  assert.deepEqual(server.received, [[bel, stx]]);
});

test('an abort after the write loses that number only', async (context) => {
  let reply = (): void => {};
  const answering = (connection: Socket, bytes: string): void => {
    reply = () => connection.write(server.replies(bytes));
  };
  const { client, server } = await connected(context, { answering });
  const abort = new AbortController();
  const [first, aborted, last] = [
    client.next(),
    rejection(client.next({ signal: abort.signal })),
    client.next(),
  ];
  while (server.received[0]?.length !== 2) await seen();
  abort.abort();
  assert.deepEqual(await aborted, ['aborted', true]);
  reply();
  assert.deepEqual(await Promise.all([first, last]), [1n, 3n]);
});

test('a signal that many requests share is let go of when they are answered', async (context) => {
  const { client } = await connected(context);
  const warned: Error[] = [];
  const listen = (warning: Error): void => void warned.push(warning);
  process.on('warning', listen);
  context.after(() => process.off('warning', listen));
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 1000 }, () => client.next({ signal })));
  await seen();
  assert.deepEqual(warned, []);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('a close without a connection rejects what waits', async (context) => {
  const { client, server } = await connected(context);
  await server.close();
  await seen();
  const waiting = rejection(client.next());
  await seen();
  await client.close();
  assert.deepEqual(await waiting, ['closed', false]);
});

test('a close with a silent server ends when the time of the requests is over', async (context) => {
  const options = { requestTimeoutMs: 60 };
  const { client } = await connected(context, { answering: () => {}, options });
  const silent = rejection(client.next());
  await client.close();
  assert.deepEqual(await silent, ['timeout', true]);
});
