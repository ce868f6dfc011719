import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, TxnidError } from '../../../src/errors.js';
import { Counters } from '../../../src/sequence/counter.js';
import { Health } from '../../../src/server/metrics/health.js';
import { startMetricsThread } from '../../../src/server/metrics/start.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { bindTcp } from '../../../src/server/threads/bind.js';
import { Seeded } from '../../support/fixtures/seeded.js';
import { exchange, get, requestText } from '../../support/processes/http-client.js';
import { SessionClient } from '../../support/processes/session-client.js';
import { until } from '../../support/processes/txnid-process.js';
import { naturals } from '../one-shot/serving.js';

const unstopped = new Set<() => Promise<void>>();
after(async () => {
  await Promise.all([...unstopped].map((stop) => stop()));
});

interface Options {
  readonly text?: () => Promise<string>;
  readonly reserved?: bigint;
}

/** The metrics port with a counter behind it; numbers are its only matter. */
async function metricsPort({ text = async () => 'the metrics\n', reserved = 10n }: Options = {}) {
  const counters = Counters.allocate(1);
  const counter = counters.at(0);
  counter.raise(reserved, reserved);
  const listener = bindTcp('127.0.0.1', 0, 'non-blocking');
  const health = new Health();
  const fatal: TxnidError[] = [];
  const unexpected = (fault: Fault) => assert.fail(fault.what);
  const threads = await startMetricsThread({
    listener,
    counters,
    health,
    text,
    progression: naturals,
    tally: Tally.allocate(1),
    onShortage: unexpected,
    onRefused: unexpected,
    onFatal: (error) => fatal.push(error),
  });
  const stop = async () => {
    unstopped.delete(stop);
    await threads.stop();
    listener.close();
  };
  unstopped.add(stop);
  listener.listen();
  threads.go();
  return { port: listener.port, counter, health, fatal, listener, stop };
}

test('metrics and health are told, and the head alone to who asks for that', async () => {
  const { port } = await metricsPort();
  for (const [path, body] of [
    ['/metrics', 'the metrics\n'],
    ['/healthz', 'ok\n'],
  ] as const) {
    const whole = await get(port, path);
    assert.deepEqual([whole.status, whole.body], [200, body]);
    assert.equal(whole.fields.get('content-length'), String(body.length));
    assert.equal(whole.fields.get('connection'), 'close');
    const head = await get(port, path, 'HEAD');
    assert.deepEqual([head.status, head.body], [200, '']);
    assert.equal(head.fields.get('content-length'), String(body.length));
  }
  assert.match((await get(port, '/metrics')).fields.get('content-type') ?? '', /version=0\.0\.4/);
});

test('whatever else is asked is refused, with its reason in the status', async () => {
  const { port } = await metricsPort();
  const post = await get(port, '/metrics', 'POST');
  assert.deepEqual([post.status, post.fields.get('allow')], [405, 'GET, HEAD']);
  assert.equal((await get(port, '/')).status, 404);
  assert.equal((await get(port, '/metrics/../healthz')).status, 404);
  assert.equal((await exchange(port, 'nonsense\r\n\r\n')).status, 400);
  const large = await exchange(port, `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
  assert.deepEqual([large.status, large.error], [431, undefined]);
});

test('a request is understood wherever it is cut', async () => {
  const { port } = await metricsPort();
  const request = requestText('/healthz');
  for (let cut = 1; cut < request.length; cut++) {
    const { status, body } = await exchange(port, request.slice(0, cut), request.slice(cut));
    assert.deepEqual([status, body], [200, 'ok\n'], `cut at ${cut}`);
  }
});

test('a connection is good for one request', async () => {
  const { port } = await metricsPort();
  const { status, body } = await exchange(port, requestText('/healthz'), requestText('/healthz'));
  assert.deepEqual([status, body], [200, 'ok\n']);
});

test('a large text arrives whole', async () => {
  const text = 'x'.repeat(65_536);
  const { port } = await metricsPort({ text: async () => text });
  assert.equal((await get(port, '/metrics')).body, text);
});

test('no bytes harm it', async (t) => {
  const { port, fatal } = await metricsPort();
  const random = new Seeded();
  t.diagnostic(`TXNID_TEST_SEED=${random.seed}`);
  const start = requestText('/metrics');
  const attempts = Array.from({ length: 60 }, async () => {
    const noise = Buffer.from(Array.from({ length: random.below(600) }, () => random.below(256)));
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    if (random.below(2) === 0) socket.write(start.slice(0, random.below(start.length)));
    socket.write(noise);
    await sleep(random.below(50));
    socket.resetAndDestroy();
  });
  await Promise.all(attempts);
  assert.equal((await get(port, '/healthz')).body, 'ok\n');
  assert.deepEqual(fatal, []);
});

test('silent clients keep nobody out: the oldest of too many goes', async () => {
  const { port } = await metricsPort();
  const silent: SessionClient[] = [];
  for (let count = 0; count < 40; count++) silent.push(await SessionClient.open(port));
  assert.equal((await get(port, '/healthz')).body, 'ok\n');
  const closed = (): number => silent.filter(({ isClosed }) => isClosed).length;
  await until(() => closed() >= 25, 'the oldest are closed');
  assert.ok(silent.slice(0, 25).every(({ isClosed }) => isClosed));
  assert.ok(!silent.at(-1)?.isClosed, 'the newest stays');
  for (const { socket } of silent) socket.destroy();
});

describe('what takes time', { concurrency: true }, () => {
  test('a request that does not come to its end is answered with 408', async () => {
    const { port } = await metricsPort();
    const { status, error } = await exchange(port, 'GET /metrics HTTP/1.1\r\nX');
    assert.deepEqual([status, error], [408, undefined]);
  });

  test('a service that is too busy for its metrics is 503, and its health is told meanwhile', async () => {
    const { port } = await metricsPort({ text: () => new Promise(() => undefined) });
    const { status, body } = await get(port, '/metrics');
    assert.deepEqual([status, body], [503, 'the service is too busy to tell its metrics\n']);
    assert.equal((await get(port, '/healthz')).status, 200);
  });

  test('metrics that cannot be told are 503, and the next ones are told', async () => {
    let calls = 0;
    const text = async (): Promise<string> => {
      calls++;
      if (calls === 1) throw new Error('no metrics');
      return 'again\n';
    };
    const { port } = await metricsPort({ text });
    assert.equal((await get(port, '/metrics')).status, 503);
    assert.equal((await get(port, '/metrics')).body, 'again\n');
  });

  test('health waits for a reservation that comes soon, and is 503 without one', async () => {
    const { port, counter } = await metricsPort({ reserved: 0n });
    const { status, body } = await get(port, '/healthz');
    assert.deepEqual([status, body], [503, 'numbers wait for the disk\n']);
    const soon = get(port, '/healthz');
    await sleep(100);
    counter.raise(1n, 1n);
    assert.equal((await soon).status, 200);
  });

  test('a client that sends without end behind its request is cut off', async () => {
    const { port } = await metricsPort();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {}).resume();
    socket.write(requestText('/healthz'));
    let sentBytes = 0;
    const chunk = Buffer.alloc(1_000_000);
    // The kernel holds a few megabytes; all beyond that was read, or the connection is over.
    while (!socket.closed && sentBytes < 100 * chunk.length) {
      await new Promise<void>((resolve) => socket.write(chunk, () => resolve()));
      sentBytes += chunk.length;
    }
    assert.ok(socket.closed, `${sentBytes} bytes were taken`);
  });
});

test('a stop ends it with connections open', async () => {
  const { port, stop } = await metricsPort();
  const client = await SessionClient.open(port);
  client.send('GET');
  await stop();
  await client.closed();
  assert.equal((await get(port, '/healthz')).error, 'ECONNREFUSED');
});

test('a listener that is lost is told as fatal', async () => {
  const { listener, fatal, port } = await metricsPort();
  await get(port, '/healthz');
  listener.shutDown();
  await until(() => fatal.length > 0, 'the end of the thread');
  assert.match(fatal[0]?.message ?? '', /^Cannot go on listening: .*EINVAL/);
});
