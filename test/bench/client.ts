/** The session client against the real server: many `next()` at once, and ranges by iteration. */

import { performance } from 'node:perf_hooks';
import { type Client, connect } from '../../src/client/client.js';
import type { Extent } from './extent.js';
import { measureInTurn } from './rival.js';
import type { Column, Sample, Table } from './table.js';
import { TxnidServer } from './txnid-server.js';

const columns: readonly Column[] = [
  { key: 'cpuUs', head: 'client CPU us', digits: 3 },
  { key: 'millions', head: 'million/s', digits: 2 },
];
const singlesWaiting = 50_000;
const rangesWaiting = 16;
const rangeCount = 1000;

interface Way {
  readonly name: string;
  /** Asks for some numbers and waits for them; how many. */
  readonly ask: (client: Client) => Promise<number>;
}

const ways: readonly Way[] = [
  { name: `next(), ${singlesWaiting} at once`, ask: askForSingles },
  { name: `take(${rangeCount}), iterated`, ask: askForRanges },
];

export async function clientTables(extent: Extent): Promise<Table[]> {
  const server = await TxnidServer.start('txnid', []);
  const client = await connect({ host: '127.0.0.1', port: server.sessionPort });
  const samples = await measureInTurn(ways, extent.rounds, ({ ask }) =>
    timed(() => ask(client), extent.seconds),
  );
  await client.close();
  await server.daemon.stop();
  const rows = ways.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
  return [{ title: 'session client, one connection', columns, rows }];
}

async function timed(ask: () => Promise<number>, seconds: number): Promise<Sample> {
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let numbers = 0;
  while (performance.now() < startMs + seconds * 1000) numbers += await ask();
  const { user, system } = process.cpuUsage(cpuBefore);
  const millions = numbers / (performance.now() - startMs) / 1000;
  return { cpuUs: (user + system) / numbers, millions };
}

async function askForSingles(client: Client): Promise<number> {
  await Promise.all(Array.from({ length: singlesWaiting }, () => client.next()));
  return singlesWaiting;
}

async function askForRanges(client: Client): Promise<number> {
  let last = -1n;
  const asked = Array.from({ length: rangesWaiting }, () => client.take(rangeCount));
  for (const range of await Promise.all(asked)) {
    for (const number of range) {
      if (number <= last) throw new Error(`${number} came after ${last}`);
      last = number;
    }
  }
  return rangesWaiting * rangeCount;
}
