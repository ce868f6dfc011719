/** What a client does with a server that does nothing wrong. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/client/client.js';
import { connected, errorOf, rejection } from './connected.js';
import { bel, stx } from './fake-server.js';

test('numbers, ranges and pings are answered in the order they were asked in', async (context) => {
  const { client } = await connected(context);
  const replies = await Promise.all([
    client.next(),
    client.take(1000),
    client.ping(),
    client.next(),
    client.take(1),
  ]);
  const [first, range, nothing, after, single] = replies;
  assert.deepEqual([first, after, nothing], [1n, 1002n, undefined]);
  assert.deepEqual([range.first, range.increment, range.count, range.last], [2n, 1n, 1000, 1001n]);
  assert.deepEqual([...single], [1003n]);
});

test('what is asked in one tick is one write', async (context) => {
  const { client, server } = await connected(context);
  const more: Promise<bigint>[] = [];
  const asked = [
    client.next(),
    client.take(7),
    Promise.resolve().then(() => more.push(client.next())),
  ];
  await Promise.all(asked);
  await Promise.all(more);
  assert.deepEqual(server.received, [[bel, `${stx}7${stx}${stx}`]]);
});

test('50,000 requests at once on one connection all get numbers of their own', async (context) => {
  const { client, server } = await connected(context);
  const numbers = await Promise.all(Array.from({ length: 50_000 }, () => client.next()));
  assert.equal(new Set(numbers).size, 50_000);
  assert.ok(numbers.every((number, index) => number === BigInt(index + 1)));
  assert.equal(server.received.length, 1);
});

test('fifty callers that each ask one after the other share the writes', async (context) => {
  const { client, server } = await connected(context);
  const ask = async () => await client.next();
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (let turn = 0; turn < 20; turn++) await ask();
    }),
  );
  assert.equal(server.next, 1001n);
  assert.ok((server.received[0]?.length ?? 0) < 100, `${server.received[0]?.length} pieces`);
});

test('a range holds up to a million numbers', async (context) => {
  const { client } = await connected(context);
  const range = await client.take(1_000_000);
  let last = 0n;
  for (const number of range) last = number;
  assert.equal(last, 1_000_000n);
});

for (const count of [0, -1, 1.5, Number.NaN, 1_000_001]) {
  test(`a range of ${count} numbers is refused without asking`, async (context) => {
    const { client, server } = await connected(context);
    assert.deepEqual(await rejection(client.take(count)), ['argument', false]);
    assert.deepEqual(server.received, [[bel]]);
  });
}

for (const options of [
  { port: 0 },
  { port: 65536 },
  { connectTimeoutMs: 0 },
  { requestTimeoutMs: 2 ** 31 },
  { pendingMax: 0 },
]) {
  test(`the options ${JSON.stringify(options)} are refused`, async () => {
    const error = await errorOf(connect({ host: '127.0.0.1', port: 1, ...options }));
    assert.equal(error.code, 'argument');
    assert.match(error.message, new RegExp(Object.keys(options)[0] ?? ''));
  });
}

test('a full queue takes nothing more until there are replies', async (context) => {
  const { client } = await connected(context, { options: { pendingMax: 3 } });
  const taken = [client.next(), client.next(), client.next()];
  assert.deepEqual(await rejection(client.next()), ['queue-full', false]);
  assert.deepEqual(await Promise.all(taken), [1n, 2n, 3n]);
  assert.equal(await client.next(), 4n);
});

test('a close waits for the replies to what was asked, also in the same tick', async (context) => {
  const { client, server } = await connected(context);
  const asked = [client.next(), client.next()];
  await client.close();
  assert.deepEqual(await Promise.all(asked), [1n, 2n]);
  assert.deepEqual(await rejection(client.next()), ['closed', false]);
  assert.equal(server.received.length, 1);
  await client.close();
});
