/**
 * Measures txnid: each kind of number in turn with its rivals, several rounds, told as medians and
 * ratios, because the machine may be shared and noisy. The steadiest figure is the server's CPU time
 * per number.
 *
 * usage: npm run bench -- [--only SECTION,...] [--rounds N] [--seconds N] [--connections N]
 *                         [--sessions N] [--threads N] [--json FILE] [--smoke]
 *
 * Sections: one-shot, session, library, client, footprint, slow-flushes, scaling, generator; all of
 * them unless told otherwise. `--json` also writes everything to a file, with the machine and the versions.
 * `--smoke` is one short round that only shows that everything still runs.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { clientTables } from './client.js';
import { type Extent, smoke } from './extent.js';
import { footprintTables } from './footprint.js';
import { generatorTables } from './generator.js';
import { libraryTables } from './library.js';
import { machine } from './machine.js';
import { oneShotTables } from './one-shot.js';
import { scalingTables } from './scaling.js';
import { sessionTables } from './session.js';
import { slowFlushTables } from './slow-flushes.js';
import { type Table, tableFigures, tableLines } from './table.js';

const sections: Readonly<Record<string, (extent: Extent) => Promise<Table[]>>> = {
  'one-shot': oneShotTables,
  session: sessionTables,
  library: libraryTables,
  client: clientTables,
  footprint: footprintTables,
  'slow-flushes': slowFlushTables,
  scaling: scalingTables,
  generator: generatorTables,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(sections).join(',') },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '64' },
    sessions: { type: 'string', default: '50' },
    threads: { type: 'string', default: `${Math.min(availableParallelism(), 4)}` },
    json: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
});

const extent: Extent = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  oneShotClients: Number(values.connections),
  sessions: Number(values.sessions),
  threads: Number(values.threads),
  threadCounts: [1, 2, 4, 8],
  flushTimesMs: [0, 1, 50, 300],
  oneShots: 1_000_000,
  idleSeconds: 60,
  directory: freshDirectory(),
  ...(values.smoke ? smoke : {}),
};

const tables: Table[] = [];
for (const name of values.only.split(',')) {
  const measure = sections[name];
  if (measure === undefined) throw new Error(`no section ${name}: ${Object.keys(sections)}`);
  for (const table of await measure(extent)) {
    tables.push(table);
    process.stdout.write(`${tableLines(table).join('\n')}\n\n`);
  }
}
if (values.json !== undefined) {
  const { directory: _, ...how } = extent;
  const results = { ...machine(), ...how, tables: tables.map(tableFigures) };
  writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
}
// What a section leaves open, such as the pool of a client, must not keep the program.
process.exit();
