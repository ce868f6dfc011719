/**
 * More threads: what a number costs then, and how often the threads get in each other's way. Beyond
 * the number of processors the one-shot port can only show that more threads do no harm; how claims
 * contend is measured by threads that do nothing else.
 */

import { Worker } from 'node:worker_threads';
import { SharedCounter } from '../../src/sequence/counter.js';
import { numberMax } from '../../src/sequence/progression.js';
import { waits } from '../support/processes/usage.js';
import type { ClaimsDone, ClaimsOrder } from './contending-thread.js';
import type { Extent } from './extent.js';
import { oneShotColumns, oneShotLoad } from './one-shot.js';
import { measureInTurn, type Rival, withRivals } from './rival.js';
import type { Sample, Table } from './table.js';
import { TxnidServer } from './txnid-server.js';

/** Claims of each thread for each second of `extent.seconds`. */
const claimsPerSecond = 1_000_000;

export async function scalingTables(extent: Extent): Promise<Table[]> {
  return [await portTable(extent), await claimTable(extent)];
}

async function portTable(extent: Extent): Promise<Table> {
  const load = oneShotLoad(extent);
  const rows = await withRivals(
    () => rivals(extent),
    async (started) => {
      const samples = await measureInTurn(started, extent.rounds, (rival) =>
        withWaits(rival, load),
      );
      return started.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
    },
  );
  return {
    title: 'one-shot port by threads',
    columns: [...oneShotColumns, { key: 'waits', head: 'waits a number', digits: 3 }],
    rows,
    baseline: nameOf(1),
  };
}

async function* rivals({ threadCounts }: Extent): AsyncGenerator<Rival> {
  for (const count of threadCounts) {
    yield (await TxnidServer.start(nameOf(count), ['-threads', `${count}`])).oneShot;
  }
}

function nameOf(threads: number): string {
  return `txnid -threads ${threads}`;
}

async function withWaits(rival: Rival, load: (rival: Rival) => Promise<Sample>): Promise<Sample> {
  const before = waits(rival.pid);
  const startMs = performance.now();
  const sample = await load(rival);
  const seconds = (performance.now() - startMs) / 1000;
  const { perSecond = Number.NaN } = sample;
  return { ...sample, waits: (waits(rival.pid) - before) / (perSecond * seconds) };
}

async function claimTable({ rounds, seconds, threadCounts }: Extent): Promise<Table> {
  const ways = threadCounts.map((threads) => ({
    name: `${threads} threads that only claim`,
    threads,
  }));
  const claims = Math.ceil(claimsPerSecond * seconds);
  const samples = await measureInTurn(ways, rounds, ({ threads }) => contend(threads, claims));
  return {
    title: 'claims of one number on the shared counter',
    columns: [
      { key: 'ns', head: 'ns a claim, all together', digits: 0 },
      { key: 'lost', head: 'lost exchanges a claim', digits: 3 },
    ],
    rows: ways.map(({ name }, index) => ({ name, samples: samples[index] ?? [] })),
  };
}

async function contend(threads: number, claims: number): Promise<Sample> {
  const counter = SharedCounter.allocate(0n);
  counter.raise(numberMax, numberMax);
  const start = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const order: ClaimsOrder = { memory: counter.memory, start, threads, claims };
  const script = new URL('./contending-thread.js', import.meta.url);
  const done = await Promise.all(
    Array.from({ length: threads }, () => {
      const worker = new Worker(script, { workerData: order });
      return new Promise<ClaimsDone>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
    }),
  );
  const all = threads * claims;
  const seconds =
    (Math.max(...done.map(({ endMs }) => endMs)) -
      Math.min(...done.map(({ startMs }) => startMs))) /
    1000;
  const lost = done.reduce((sum, { exchanges }) => sum + exchanges, 0) - all;
  return { ns: (seconds * 1e9) / all, lost: lost / all };
}
