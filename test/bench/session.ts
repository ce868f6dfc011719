/**
 * Measures the session port of the real program, which makes every number durable, against
 * redis-server's INCR, which does not (--save "" --appendonly no).
 *
 * usage: node dist/test/bench/session.js [--rounds N] [--seconds N] [--connections N] [--threads N]
 *        node dist/test/bench/session.js --smoke
 *
 * The machine may be shared and noisy: the servers are measured in turn, several rounds, and medians
 * and ratios are told. The steadiest figure is the server's CPU time per number. `--smoke` is one
 * short round that only shows that everything still runs; where redis-server is not installed, ours
 * is measured alone.
 */

import { execFile, spawnSync } from 'node:child_process';
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
    connections: { type: 'string', default: '50' },
    threads: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = values.smoke ? 1 : Number(values.rounds);
const seconds = values.smoke ? 0.2 : Number(values.seconds);
const depths = [1, 16, 256];

interface Sample {
  /** Server's CPU time per number, in microseconds. */
  readonly cpuUs: number;
  readonly perSecond: number;
}

/** A server, and what session-load calls its protocol. */
interface Rival {
  readonly server: ServerProcess;
  readonly protocol: 'txnid' | 'redis';
}

async function startTxnid(directory: string): Promise<Rival> {
  const port = await freePort();
  const options = {
    confdir: join(directory, 'confdir'),
    ip: '127.0.0.1',
    port: await freePort(),
    'session-port': port,
    ...(values.threads === undefined ? {} : { threads: values.threads }),
  };
  const flags = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
  const server = await ServerProcess.startOn('txnid', port, process.execPath, [
    programPath,
    ...flags,
  ]);
  return { server, protocol: 'txnid' };
}

async function startRedis(directory: string): Promise<Rival> {
  const port = await freePort();
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory];
  const server = await ServerProcess.startOn('redis', port, 'redis-server', [
    ...options,
    ...['--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
  ]);
  return { server, protocol: 'redis' };
}

async function measure(load: string, { server, protocol }: Rival, depth: number): Promise<Sample> {
  const before = server.cpuNs();
  const options = [protocol, server.port, values.connections, depth, seconds].map(String);
  const { stdout } = await promisify(execFile)(load, options);
  const { numbers, seconds: took } = JSON.parse(stdout) as { numbers: number; seconds: number };
  return { cpuUs: (server.cpuNs() - before) / 1000 / numbers, perSecond: numbers / took };
}

/** Samples of each rival, round by round. */
async function measureInTurn(load: string, rivals: readonly Rival[], depth: number) {
  const samples: Sample[][] = rivals.map(() => []);
  for (const rival of rivals) await measure(load, rival, depth);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, rival] of rivals.entries()) {
      samples[index]?.push(await measure(load, rival, depth));
    }
  }
  return samples;
}

/** A line per server; the ratios are medians of each round's ratio to the last one, which is Redis. */
function lines(rivals: readonly Rival[], depth: number, samples: readonly Sample[][]): string[] {
  return rivals.map(({ server }, index) => {
    const mine = samples[index] ?? [];
    const cell = (pick: (sample: Sample) => number, digits: number, width: number): string => {
      const ratios = mine.map((sample, round) => {
        return pick(sample) / pick(samples.at(-1)?.[round] ?? sample);
      });
      const value = median(mine.map(pick)).toFixed(digits).padStart(width);
      return `${value} ${median(ratios).toFixed(2).padStart(6)}`;
    };
    const perSecond = cell((sample) => sample.perSecond, 0, 10);
    return `${String(depth).padStart(5)} ${server.name.padEnd(6)} ${perSecond} ${cell((sample) => sample.cpuUs, 3, 8)}`;
  });
}

const directory = mkdtempSync(join(tmpdir(), 'txnid-bench-'));
const rivals: Rival[] = [];
try {
  const load = buildProgram('session-load', directory);
  rivals.push(await startTxnid(directory));
  const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
  if (hasRedis) rivals.push(await startRedis(directory));
  process.stdout.write('depth server      per s      x   CPU us      x\n');
  for (const depth of depths) {
    const samples = await measureInTurn(load, rivals, depth);
    process.stdout.write(`${lines(rivals, depth, samples).join('\n')}\n`);
  }
} finally {
  await Promise.all(rivals.map(({ server }) => server.stop()));
  rmSync(directory, { recursive: true });
}
