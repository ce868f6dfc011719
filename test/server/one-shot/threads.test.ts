import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { TxnidError } from '../../../src/errors.js';
import { endListening } from '../../../src/libc/tcp.js';
import { Counters } from '../../../src/sequence/counter.js';
import { numberMax } from '../../../src/sequence/progression.js';
import { startOneShotThreads } from '../../../src/server/one-shot/start.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { bindTcp } from '../../../src/server/threads/bind.js';
import { spawnThread } from '../../../src/server/threads/spawn.js';
import {
  ask,
  connectAndReset,
  knock,
  lineOrRefusal,
  sendingClient,
  waitingClient,
} from './client.js';
import { holding, naturals, type ServingOptions, serving, stopAll } from './serving.js';

afterEach(stopAll);

test('a client gets the next number, a newline and the end', async () => {
  const { port, stop } = await serving({
    progression: { instance: 7n, increment: 32767n, max: numberMax },
  });
  assert.equal(await ask(port), '7\n');
  assert.equal(await ask(port), '32774\n');
  await stop();
});

test('the largest number is sent whole', async () => {
  const counters = Counters.allocate(1);
  counters.put(0, numberMax);
  const { port, stop } = await serving({ counters, reserved: numberMax + 1n });
  assert.equal(await ask(port), '18446744073709551614\n');
  await stop();
});

test('numbers only ever increase, whichever thread serves', async () => {
  const { port, stop } = await serving({ count: 4 });
  for (let expected = 0; expected < 200; expected += 1) {
    assert.equal(await ask(port), `${expected}\n`);
  }
  await stop();
});

test('many clients at once get every number once, and the cursor is exact', async () => {
  const { port, counter, stop } = await serving({ count: 4 });
  const lines = await Promise.all(Array.from({ length: 500 }, () => ask(port)));
  const numbers = lines.map((line) => Number(line)).sort((one, other) => one - other);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index),
  );
  await stop();
  assert.equal(counter.cursor(), 500n);
});

test('a client that is gone before the answer disturbs nobody', async () => {
  const { port, stop } = await serving({ count: 1 });
  for (let count = 0; count < 20; count += 1) await connectAndReset(port);
  assert.match(await ask(port), /^\d+\n$/);
  await stop();
});

test('clients that send before they read have their number all the same, half-closed or not', async () => {
  const { port, counter, stop } = await serving({ count: 1, reserved: 0n });
  // All have sent when the first of them is served.
  const clients = await Promise.all(
    Array.from({ length: 100 }, (_, place) => sendingClient(port, place % 2 === 1)),
  );
  counter.raise(numberMax, numberMax);
  const lines = await Promise.all(clients.map(({ answer }) => answer));
  const numbers = lines.map(Number).sort((one, other) => one - other);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index),
  );
  assert.ok(lines.every((line) => line.endsWith('\n')));
  await stop();
});

test('threads are ready before the socket listens, and serve once it does', async () => {
  const { port, go, stop } = await holding({});
  assert.equal(await lineOrRefusal(port), 'ECONNREFUSED');
  go();
  assert.equal(await ask(port), '0\n');
  await stop();
});

test('threads that still hold can be stopped', async () => {
  const { counter, stop } = await holding({ count: 3 });
  await stop();
  assert.equal(counter.cursor(), 0n);
});

test('a stop ends threads that are blocked in accept, and burns nothing', async () => {
  const { port, counter, stop } = await serving({ count: 4 });
  await ask(port);
  await stop();
  assert.equal(counter.cursor(), 1n);
});

test('a client waits for the reservation, which is asked for once, and gets its number', async () => {
  let requests = 0;
  const { port, stop } = await serving({
    count: 4,
    reserved: 0n,
    onLow: (counter) => {
      requests += 1;
      setTimeout(() => counter.raise(10n, 10n), 100);
    },
  });
  const lines = await Promise.all([ask(port), ask(port), ask(port)]);
  assert.deepEqual(lines.sort(), ['0\n', '1\n', '2\n']);
  assert.equal(requests, 1);
  await stop();
});

test('a stop ends threads that wait for a reservation, and their clients get no byte', async () => {
  let isLow = () => {};
  const low = new Promise<void>((resolve) => {
    isLow = resolve;
  });
  const { port, counter, stop } = await serving({ count: 2, reserved: 0n, onLow: () => isLow() });
  const clients = [await waitingClient(port), await waitingClient(port)];
  await low;
  await stop();
  for (const { answer } of clients) assert.match(await answer, /^$|^ECONNRESET$/);
  assert.equal(counter.cursor(), 0n);
});

test('after the counter has been stopped, clients get no byte until the threads end', async () => {
  const { port, counter, stop } = await serving({ reserved: 0n });
  counter.stop();
  assert.equal(await ask(port), '');
  assert.equal(await ask(port), '');
  await stop();
});

/** Serves until `fail` made the threads end; the error that the main thread is told. */
async function fatalError(
  count: number,
  fail: (served: Awaited<ReturnType<typeof serving>>) => void,
  options: ServingOptions = {},
): Promise<TxnidError> {
  let tell: (error: TxnidError) => void = () => {};
  const told = new Promise<TxnidError>((resolve) => {
    tell = resolve;
  });
  const served = await serving({ count, onFatal: (error) => tell(error), ...options });
  fail(served);
  const error = await told;
  await served.stop();
  return error;
}

test('a listening socket that fails is fatal', async () => {
  const error = await fatalError(2, ({ listener }) => endListening(listener.fd));
  assert.equal(error.code, 'listen');
  assert.match(error.message, /^Cannot go on listening: invalid argument \(EINVAL\): start/);
});

test('a thread that dies is fatal', async () => {
  const notANumber = 'x' as unknown as bigint;
  // Looked at where nothing is reserved.
  const broken = { progression: { ...naturals, max: notANumber }, reserved: 0n };
  const error = await fatalError(1, ({ port }) => knock(port), broken);
  assert.equal(error.code, 'internal');
  assert.match(error.message, /^A one-shot thread has ended: Cannot mix BigInt/);
});

test('a thread that cannot start fails the start, and leaves none behind', async () => {
  const tooShort = new SharedArrayBuffer(1);
  const listener = bindTcp('127.0.0.1', 0);
  const start = startOneShotThreads({
    count: 2,
    tally: Tally.allocate(2),
    listener,
    counters: { memory: tooShort } as Counters,
    progression: naturals,
    allow: [],
    onLow: () => assert.fail(),
    onShortage: () => assert.fail(),
    onRefused: () => assert.fail(),
    onFatal: () => assert.fail(),
  });
  await assert.rejects(start, { code: 'internal', message: /^A one-shot thread has ended: / });
  listener.close();
});

test('a thread that was spawned early and died before its order fails the start', async () => {
  const early = spawnThread(new URL('data:text/javascript,throw new Error("too early")'));
  await early.ended;
  const listener = bindTcp('127.0.0.1', 0);
  const counters = Counters.allocate(1);
  const unheard = () => assert.fail();
  const events = { onLow: unheard, onShortage: unheard, onRefused: unheard, onFatal: unheard };
  const options = { count: 2, tally: Tally.allocate(2), listener, counters, allow: [], ...events };
  const start = startOneShotThreads({ ...options, progression: naturals }, early);
  await assert.rejects(start, { code: 'internal', message: /thread has ended: too early/ });
  listener.close();
});
