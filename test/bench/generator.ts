/**
 * What `txnid bench` itself costs, against the load generators in C of this folder, which only count
 * what comes: on the one-shot port of the least server in C, and on the session port of the real one.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { programPath } from '../support/processes/txnid-process.js';
import type { Extent } from './extent.js';
import { buildProgram } from './native.js';
import { measureInTurn, type Rival, withRivals } from './rival.js';
import { ServerProcess } from './server-process.js';
import type { Column, Sample, Table } from './table.js';
import { TxnidServer } from './txnid-server.js';

const columns: readonly Column[] = [
  { key: 'cpuUs', head: 'generator CPU us', digits: 3, hasRatio: true },
];
const depths = [1, 16, 256];
const ownName = 'txnid bench';
const baseline = 'C, counting only';

const run = promisify(execFile);

export async function generatorTables(extent: Extent): Promise<Table[]> {
  const least = buildProgram('least-server', extent.directory);
  const oneShot = async (server: Rival): Promise<Table> => {
    const load = buildProgram('one-shot-load', extent.directory);
    const { oneShotClients: connections, seconds } = extent;
    return await compare(extent, `${connections} one-shot clients`, {
      [ownName]: own(extent, '-port', `${server.port}`, '-connections', `${connections}`),
      [baseline]: [load, server.port, connections, seconds].map(String),
    });
  };
  const session = async (server: Rival): Promise<Table[]> => {
    const load = buildProgram('session-load', extent.directory);
    const tables: Table[] = [];
    for (const depth of depths) {
      const { sessions, seconds } = extent;
      const flags = ['-depth', `${depth}`, '-connections', `${sessions}`];
      tables.push(
        await compare(extent, `${sessions} sessions, depth ${depth}`, {
          [ownName]: own(extent, '-session-port', `${server.port}`, ...flags),
          [baseline]: [load, 'txnid', server.port, sessions, depth, seconds].map(String),
        }),
      );
    }
    return tables;
  };
  return await withRivals(
    async function* servers() {
      yield await ServerProcess.start('least C server', least);
      yield (await TxnidServer.start('txnid', [])).session;
    },
    async ([plain, real]) => [
      ...(plain === undefined ? [] : [await oneShot(plain)]),
      ...(real === undefined ? [] : await session(real)),
    ],
  );
}

async function compare(
  { rounds }: Extent,
  load: string,
  commands: Readonly<Record<string, readonly string[]>>,
): Promise<Table> {
  const generators = Object.entries(commands).map(([name, command]) => ({ name, command }));
  const samples = await measureInTurn(generators, rounds, ({ command }) => cpuOf(command));
  const rows = generators.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
  return { title: `load generators, ${load}`, columns, rows, baseline };
}

/** CPU time of a command per number that its JSON tells. */
async function cpuOf(command: readonly string[]): Promise<Sample> {
  const script = 'TIMEFORMAT="%U %S"; time "$@"';
  const { stdout, stderr } = await run('bash', ['-c', script, 'bash', ...command]);
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  const { numbers, ownCpuSeconds } = JSON.parse(stdout);
  // Its start takes a tenth of a second of CPU, which is not what a number costs.
  return { cpuUs: ((ownCpuSeconds ?? user + system) / Number(numbers)) * 1e6 };
}

function own({ seconds }: Extent, ...flags: string[]): string[] {
  const usual = ['-json', '-confdir', freshConfdir(), '-ip', '127.0.0.1', '-seconds', `${seconds}`];
  return [process.execPath, programPath, 'bench', ...usual, ...flags];
}
