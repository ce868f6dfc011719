/**
 * The one-shot port on disks that take long to flush, at increments that need more and more flushes:
 * how many there are a second, and whether requests wait for them. A library that is loaded before
 * the daemon lets every flush take so long; 0 is the disk as it is.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyDisk } from '../simulation/faulty-disk.js';
import type { Extent } from './extent.js';
import { oneShotColumns, oneShotLoad } from './one-shot.js';
import type { Rival } from './rival.js';
import type { Column, Row, Sample, Table } from './table.js';
import { TxnidServer } from './txnid-server.js';

const increments = [1, 1000, 32_767];
const columns: readonly Column[] = [
  ...oneShotColumns,
  { key: 'flushesPerSecond', head: 'flushes/s', digits: 1 },
];

export async function slowFlushTables(extent: Extent): Promise<Table[]> {
  const disk = new FaultyDisk();
  const load = oneShotLoad(extent);
  const rows: Row[] = [];
  for (const increment of increments) {
    const { daemon, oneShot } = await TxnidServer.start('txnid', ['-increment', `${increment}`], {
      environment: disk.environment,
    });
    const measure = () => withFlushes(oneShot, daemon.instance.confdir, load);
    for (const flushMs of extent.flushTimesMs) {
      disk.break(`slow ${flushMs}`);
      // The window has grown to the demand by the end of the first.
      await measure();
      const name = `increment ${increment}, flushes take ${flushMs} ms more`;
      rows.push({ name, samples: await inRounds(extent.rounds, measure) });
    }
    disk.mend();
    await daemon.stop();
  }
  return [{ title: 'one-shot port on slow disks', columns, rows }];
}

async function inRounds(rounds: number, measure: () => Promise<Sample>): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) samples.push(await measure());
  return samples;
}

async function withFlushes(
  rival: Rival,
  confdir: string,
  load: (rival: Rival) => Promise<Sample>,
): Promise<Sample> {
  const before = generation(confdir);
  const startMs = performance.now();
  const sample = await load(rival);
  const seconds = (performance.now() - startMs) / 1000;
  return { ...sample, flushesPerSecond: (generation(confdir) - before) / seconds };
}

/** Every record that is made durable has the next generation. */
function generation(confdir: string): number {
  const text = readFileSync(join(confdir, 'txnid.dat'), 'latin1');
  const found = [...text.matchAll(/generation[^0-9]*(\d+)/g)].map(([, digits]) => Number(digits));
  return Math.max(...found);
}
