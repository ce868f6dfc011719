/**
 * Measures what `txnid bench` itself costs, against the load generators in C of this folder, which only
 * count what comes: the one-shot port of the least C server, and the session port of the real program.
 *
 * usage: node dist/test/bench/generator.js [--rounds N] [--seconds N]
 *        node dist/test/bench/generator.js --smoke
 *
 * Told is CPU time per number, as medians over rounds in turn: the steadiest figure on a shared machine.
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { freePort } from '../support/one-shot-client.js';
import { programPath } from '../support/txnid-process.js';
import { median } from './median.js';
import { buildProgram } from './native.js';
import { ServerProcess } from './server-process.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = values.smoke ? 1 : Number(values.rounds);
const seconds = values.smoke ? '0.1' : values.seconds;
const depths = values.smoke ? [16] : [1, 16, 256];
const connections = '50';

/** The same load from both generators, as command lines. */
interface Load {
  readonly name: string;
  readonly own: readonly string[];
  readonly inC: readonly string[];
}

const run = promisify(execFile);

/** CPU time of a command per number that its JSON tells, in microseconds. */
async function cpuUs(command: readonly string[]): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$@"';
  const { stdout, stderr } = await run('bash', ['-c', script, 'bash', ...command]);
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  const { numbers, ownCpuSeconds } = JSON.parse(stdout);
  // Its start takes a tenth of a second of CPU, which is not what a number costs.
  return ((ownCpuSeconds ?? user + system) / Number(numbers)) * 1e6;
}

function own(confdir: string, ...flags: string[]): string[] {
  const usual = ['-json', '-confdir', confdir, '-connections', connections, '-seconds', seconds];
  return [process.execPath, programPath, 'bench', ...usual, ...flags];
}

async function startTxnid(confdir: string, sessionPort: number): Promise<ServerProcess> {
  const port = await freePort();
  const flags = ['-confdir', confdir, '-ip', '127.0.0.1', '-port', `${port}`];
  const words = [programPath, ...flags, '-session-port', `${sessionPort}`];
  return await ServerProcess.startOn('txnid', sessionPort, process.execPath, words);
}

const directory = mkdtempSync(join(tmpdir(), 'txnid-bench-'));
const servers: ServerProcess[] = [];
try {
  const absent = join(directory, 'absent');
  const least = await ServerProcess.start('least', buildProgram('least-server', directory));
  servers.push(least);
  const sessionPort = await freePort();
  servers.push(await startTxnid(join(directory, 'confdir'), sessionPort));
  const oneShotLoad = buildProgram('one-shot-load', directory);
  const sessionLoad = buildProgram('session-load', directory);
  const oneShot: Load = {
    name: 'one-shot',
    own: own(absent, '-port', `${least.port}`),
    inC: [oneShotLoad, `${least.port}`, connections, seconds],
  };
  const sessions = depths.map(
    (depth): Load => ({
      name: `session, depth ${depth}`,
      own: own(absent, '-session-port', `${sessionPort}`, '-depth', `${depth}`),
      inC: [sessionLoad, 'txnid', `${sessionPort}`, connections, `${depth}`, seconds],
    }),
  );
  process.stdout.write('load                 bench us      C us\n');
  for (const load of [oneShot, ...sessions]) {
    const samples: [number, number][] = [];
    for (let round = 0; round < rounds; round++) {
      samples.push([await cpuUs(load.own), await cpuUs(load.inC)]);
    }
    const [mine, inC] = [0, 1].map((index) => median(samples.map((sample) => sample[index] ?? 0)));
    const cells = [mine, inC].map((value = 0) => value.toFixed(3).padStart(10));
    process.stdout.write(`${load.name.padEnd(19)}${cells.join('')}\n`);
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(directory, { recursive: true });
}
