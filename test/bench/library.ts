/**
 * Times the embedded library: `next()` one by one, and ranges of 1000 by iteration.
 *
 * usage: node dist/test/bench/library.js [--rounds N] [--numbers N] [--increment N]
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { type OpenSequence, openSequence } from '../../src/index.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    numbers: { type: 'string', default: '8000000' },
    increment: { type: 'string', default: '1' },
  },
});
const rangeCount = 1000;
const numbers = Number(values.numbers);

function timeNext(sequence: OpenSequence): void {
  let last = -1n;
  for (let left = numbers; left > 0; left--) {
    const number = sequence.next();
    if (number <= last) throw new Error(`${number} came after ${last}`);
    last = number;
  }
}

function timeRanges(sequence: OpenSequence): void {
  let last = -1n;
  for (let left = numbers; left > 0; left -= rangeCount) {
    for (const number of sequence.take(rangeCount)) {
      if (number <= last) throw new Error(`${number} came after ${last}`);
      last = number;
    }
  }
}

function report(name: string, work: () => void): void {
  const startMs = performance.now();
  work();
  const ns = ((performance.now() - startMs) * 1e6) / numbers;
  const millions = (1000 / ns).toFixed(1);
  process.stdout.write(`${name} ${ns.toFixed(1)} ns a number, ${millions} million/s\n`);
}

const confdir = mkdtempSync(join(tmpdir(), 'txnid-library-'));
try {
  const sequence = await openSequence({ confdir, increment: Number(values.increment) });
  for (let round = 0; round < Number(values.rounds); round++) {
    report('next()', () => timeNext(sequence));
    report(`take(${rangeCount})`, () => timeRanges(sequence));
  }
  await sequence.close();
} finally {
  rmSync(confdir, { recursive: true });
}
