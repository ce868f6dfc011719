/**
 * What the daemon costs beside its numbers: the time from its start to the first number, the memory
 * it has in use, and what it does while nobody asks.
 */

import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { cpuNs, residentKib, waits } from '../support/processes/usage.js';
import type { Extent } from './extent.js';
import { oneShotLoad } from './one-shot.js';
import { measureInTurn } from './rival.js';
import type { Sample, Table } from './table.js';

/** Until what a start leaves behind is collected. */
const settleSeconds = 30;
const bareNode = 'node alone';

export async function footprintTables(extent: Extent): Promise<Table[]> {
  return [await startTable(extent), await memoryTable(extent), await idleTable(extent)];
}

async function startTable({ rounds }: Extent): Promise<Table> {
  const starts = [
    { name: bareNode, start: startNode },
    { name: 'txnid, to the first number', start: startTxnid },
  ];
  const samples = await measureInTurn(starts, rounds, ({ start }) => start());
  return {
    title: 'start',
    columns: [{ key: 'ms', head: 'ms', digits: 0, hasRatio: true }],
    rows: starts.map(({ name }, index) => ({ name, samples: samples[index] ?? [] })),
    baseline: bareNode,
  };
}

async function startNode(): Promise<Sample> {
  const startMs = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return { ms: performance.now() - startMs };
}

async function startTxnid(): Promise<Sample> {
  const daemon = await Daemon.start(await newInstance());
  await daemon.stop();
  return { ms: daemon.readyMs };
}

async function memoryTable(extent: Extent): Promise<Table> {
  const load = oneShotLoad(extent);
  const daemon = await Daemon.start(await newInstance());
  const { port, process } = daemon;
  const rival = { name: 'txnid', port, pid: process.pid, stop: () => daemon.stop() };
  const rows = [{ name: 'after the start', samples: [{ mb: megabytes(process.pid) }] }];
  let served = 0;
  while (served < extent.oneShots) {
    const { perSecond = 0 } = await load(rival);
    served += perSecond * extent.seconds;
  }
  const name = `after ${extent.oneShots} one-shots`;
  rows.push({ name, samples: [{ mb: megabytes(process.pid) }] });
  await daemon.stop();
  const title = 'resident memory, one-shot port only';
  return { title, columns: [{ key: 'mb', head: 'MB', digits: 1 }], rows };
}

function megabytes(pid: number): number {
  return (residentKib(pid) * 1024) / 1e6;
}

async function idleTable({ idleSeconds }: Extent): Promise<Table> {
  const daemon = await Daemon.start(await newInstance());
  const { pid } = daemon.process;
  await sleep(Math.min(settleSeconds, idleSeconds) * 1000);
  const before = { cpu: cpuNs(pid), waits: waits(pid) };
  await sleep(idleSeconds * 1000);
  const minutes = idleSeconds / 60;
  const sample = {
    cpuMs: (cpuNs(pid) - before.cpu) / 1e6 / minutes,
    wakeUps: (waits(pid) - before.waits) / minutes,
  };
  await daemon.stop();
  return {
    title: 'idle, a minute',
    columns: [
      { key: 'cpuMs', head: 'CPU ms', digits: 1 },
      { key: 'wakeUps', head: 'wake-ups', digits: 0 },
    ],
    rows: [{ name: 'txnid', samples: [sample] }],
  };
}
