/** The embedded library: `next()` one by one, and ranges by iteration. */

import { performance } from 'node:perf_hooks';
import { type OpenSequence, openSequence } from '../../src/index.js';
import { freshDirectory } from '../support/fixtures/scratch.js';
import type { Extent } from './extent.js';
import { measureInTurn } from './rival.js';
import type { Column, Table } from './table.js';

const columns: readonly Column[] = [
  { key: 'ns', head: 'ns', digits: 1 },
  { key: 'millions', head: 'million/s', digits: 1 },
];
const increments = [1, 32_767];
const rangeCount = 1000;
/** Asked for before the clock is looked at again. */
const batch = 10 * rangeCount;

interface Way {
  readonly name: string;
  readonly ask: (sequence: OpenSequence) => void;
}

const ways: readonly Way[] = [
  { name: 'next()', ask: askOneByOne },
  { name: `take(${rangeCount}), iterated`, ask: askForRanges },
];

export async function libraryTables(extent: Extent): Promise<Table[]> {
  const tables: Table[] = [];
  for (const increment of increments) {
    const sequence = await openSequence({ confdir: freshDirectory(), increment });
    const samples = await measureInTurn(ways, extent.rounds, async ({ ask }) =>
      timed(() => ask(sequence), extent.seconds),
    );
    await sequence.close();
    const rows = ways.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
    tables.push({ title: `library, increment ${increment}, reservation included`, columns, rows });
  }
  return tables;
}

function timed(askBatch: () => void, seconds: number) {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  let numbers = 0;
  let nowMs = startMs;
  for (; nowMs < endMs; nowMs = performance.now()) {
    askBatch();
    numbers += batch;
  }
  const ns = ((nowMs - startMs) * 1e6) / numbers;
  return { ns, millions: 1000 / ns };
}

function askOneByOne(sequence: OpenSequence): void {
  let last = -1n;
  for (let left = batch; left > 0; left--) {
    const number = sequence.next();
    if (number <= last) throw new Error(`${number} came after ${last}`);
    last = number;
  }
}

function askForRanges(sequence: OpenSequence): void {
  let last = -1n;
  for (let left = batch; left > 0; left -= rangeCount) {
    for (const number of sequence.take(rangeCount)) {
      if (number <= last) throw new Error(`${number} came after ${last}`);
      last = number;
    }
  }
}
