/** The one-shot port against the least a server in C can do, and against node:net. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cpuNs } from '../support/processes/usage.js';
import type { Extent } from './extent.js';
import { buildProgram } from './native.js';
import { measureInTurn, type Rival, withRivals } from './rival.js';
import { ServerProcess } from './server-process.js';
import type { Column, Sample, Table } from './table.js';
import { TxnidServer } from './txnid-server.js';

/** What one-shot-load prints. */
interface Load {
  readonly numbers: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

export const oneShotColumns: readonly Column[] = [
  { key: 'cpuUs', head: 'CPU us', digits: 2, hasRatio: true },
  { key: 'perSecond', head: 'per s', digits: 0, hasRatio: true },
  { key: 'p50Ms', head: 'p50 ms', digits: 2 },
  { key: 'p99Ms', head: 'p99 ms', digits: 2 },
  { key: 'p999Ms', head: 'p99.9 ms', digits: 2 },
];

const baseline = 'least C server';

export async function oneShotTables(extent: Extent): Promise<Table[]> {
  const load = oneShotLoad(extent);
  const rows = await withRivals(
    () => rivals(extent),
    async (started) => {
      const samples = await measureInTurn(started, extent.rounds, load);
      return started.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
    },
  );
  const title = `one-shot port, ${extent.oneShotClients} clients at once`;
  return [{ title, columns: oneShotColumns, rows, baseline }];
}

/** Loads a one-shot port for `extent.seconds`. Throws when a client gets no number. */
export function oneShotLoad(extent: Extent): (rival: Rival) => Promise<Sample> {
  const program = buildProgram('one-shot-load', extent.directory);
  return async ({ name, pid, port }) => {
    const before = cpuNs(pid);
    const options = [port, extent.oneShotClients, extent.seconds].map(String);
    const { stdout } = await promisify(execFile)(program, options);
    const { numbers, failed, seconds, ...latencies }: Load = JSON.parse(stdout);
    if (numbers === 0 || failed > 0) throw new Error(`${name}: ${stdout}`);
    const cpuUs = (cpuNs(pid) - before) / 1000 / numbers;
    return { ...latencies, cpuUs, perSecond: numbers / seconds };
  };
}

async function* rivals({ directory, threads }: Extent): AsyncGenerator<Rival> {
  const netServer = fileURLToPath(new URL('net-server.js', import.meta.url));
  yield await ServerProcess.start(baseline, buildProgram('least-server', directory));
  for (const count of new Set([1, threads])) {
    yield (await TxnidServer.start(`txnid -threads ${count}`, ['-threads', `${count}`])).oneShot;
  }
  yield await ServerProcess.start('node:net', process.execPath, [netServer]);
}
