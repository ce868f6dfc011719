/**
 * Times the session client against a server in another process: single `next()` in bulk, and ranges of
 * 1000 by iteration; wall time, and the client's own CPU time.
 *
 * usage: node dist/test/bench/client.js [--port N] [--rounds N] [--numbers N] [--waiting N]
 * Without a port it asks the tests' own server, which is slower than the real one.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Client, connect } from '../../src/client/client.js';
import { FakeServer } from '../client/fake-server.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    numbers: { type: 'string', default: '500000' },
    waiting: { type: 'string', default: '50000' },
  },
});
const numbers = Number(values.numbers);
const waiting = Number(values.waiting);
const rangeCount = 1000;
const rangesWaiting = 16;

async function timeNext(client: Client): Promise<void> {
  for (let left = numbers; left > 0; left -= waiting) {
    await Promise.all(Array.from({ length: waiting }, () => client.next()));
  }
}

async function timeRanges(client: Client): Promise<void> {
  let last = -1n;
  for (let left = numbers; left > 0; left -= rangeCount * rangesWaiting) {
    const asked = Array.from({ length: rangesWaiting }, () => client.take(rangeCount));
    for (const range of await Promise.all(asked)) {
      for (const number of range) {
        if (number <= last) throw new Error(`${number} came after ${last}`);
        last = number;
      }
    }
  }
}

async function report(name: string, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpu = ((user + system) / numbers).toFixed(3);
  const millions = (numbers / (performance.now() - startMs) / 1000).toFixed(2);
  process.stdout.write(`${name} ${cpu} µs of CPU a number, ${millions} million/s\n`);
}

async function measure(port: number): Promise<void> {
  const client = await connect({ host: '127.0.0.1', port });
  for (let round = 0; round < Number(values.rounds); round++) {
    await report(`next(), ${waiting} at once`, () => timeNext(client));
    await report(`take(${rangeCount})`, () => timeRanges(client));
  }
  await client.close();
}

async function withOwnServer(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url));
  const [port] = (await once(server, 'message')) as [number];
  await measure(port).finally(() => server.kill());
}

if (process.send !== undefined) process.send((await FakeServer.listen()).port);
else if (values.port === undefined) await withOwnServer();
else await measure(Number(values.port));
