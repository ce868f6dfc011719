/** The client against the daemon itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, ClientError, connect } from '../../src/client/client.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { ask, freePort } from '../support/processes/one-shot-client.js';

const increment = 3;

async function sessionInstance() {
  const sessionPort = await freePort();
  const values = ['-increment', String(increment), '-session-port', String(sessionPort)];
  return { instance: await newInstance(...values), sessionPort };
}

/** Asks until told to stop; what it got, in its order. */
async function askOnAndOn(client: Client, isOver: () => boolean): Promise<bigint[]> {
  const numbers: bigint[] = [];
  for (let turn = 0; !isOver(); turn++) {
    try {
      if (turn % 10 === 0) numbers.push(...(await client.take(7)));
      else numbers.push(await client.next());
    } catch (error) {
      assert.ok(error instanceof ClientError && error.code === 'connection-lost', String(error));
    }
  }
  return numbers;
}

function assertIncreasing(numbers: readonly bigint[]): void {
  const wrong = numbers.findIndex((number, index) => number <= (numbers[index - 1] ?? -1n));
  assert.equal(wrong, -1, `${numbers[wrong - 1]}, then ${numbers[wrong]}`);
}

test('50,000 at once, ranges and the one-shot port share one sequence', async (context) => {
  const { instance, sessionPort } = await sessionInstance();
  const daemon = await Daemon.start(instance);
  context.after(() => daemon.kill());
  const client = await connect({ host: '127.0.0.1', port: sessionPort });
  const numbers = await Promise.all(Array.from({ length: 50_000 }, () => client.next()));
  const [range] = await Promise.all([client.take(1_000_000), client.ping()]);
  const { text } = await ask(daemon.port);
  await client.close();
  const all = [daemon.first, ...numbers, range.first, range.last, BigInt(text)];
  assertIncreasing(all);
  const count = BigInt(1 + numbers.length + range.count);
  assert.deepEqual(
    [all.at(-1), range.count],
    [daemon.first + count * BigInt(increment), 1_000_000],
  );
});

test('over stops and kills of the server no number comes twice', async (context) => {
  const { instance, sessionPort } = await sessionInstance();
  let daemon = await Daemon.start(instance);
  context.after(() => daemon.kill());
  const client = await connect({ host: '127.0.0.1', port: sessionPort, requestTimeoutMs: 60_000 });
  let isOver = false;
  const asking = Array.from({ length: 20 }, () => askOnAndOn(client, () => isOver));
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGTERM'] as const) {
    for (let left = 50; left > 0; left--) await client.ping().catch(() => {});
    await daemon.process.end(signal);
    daemon = await Daemon.start(instance);
  }
  await client.ping();
  isOver = true;
  const got = await Promise.all(asking);
  await client.close();
  for (const numbers of got) assertIncreasing(numbers);
  const all = got.flat();
  assert.ok(all.length > 1000, `${all.length} numbers`);
  assert.equal(new Set(all).size, all.length);
});
