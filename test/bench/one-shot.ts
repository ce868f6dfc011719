/**
 * Measures the one-shot port against the least a C server can do and against node:net.
 *
 * usage: node dist/test/bench/one-shot.js [--rounds N] [--seconds N] [--connections N] [--threads N]
 *        node dist/test/bench/one-shot.js --smoke
 *
 * The machine may be shared and noisy: the servers are measured in turn, several rounds, and medians
 * and ratios are told. The steadiest figure is the server's CPU time per number. `--smoke` is one
 * short round that only shows that everything still runs.
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median } from './median.js';
import { buildProgram } from './native.js';
import { ServerProcess } from './server-process.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    threads: { type: 'string', default: '1' },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = values.smoke ? 1 : Number(values.rounds);
const seconds = values.smoke ? 0.2 : Number(values.seconds);
const warmUpSeconds = values.smoke ? 0.1 : 1;

/** What one-shot-load prints. */
interface Load {
  readonly numbers: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Sample {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Measure = (server: ServerProcess, durationSeconds: number) => Promise<Sample>;

function measureWith(load: string): Measure {
  return async (server, durationSeconds) => {
    const before = server.cpuNs();
    const options = [String(server.port), values.connections, String(durationSeconds)];
    const { stdout } = await promisify(execFile)(load, options);
    const { numbers, failed, ...rest }: Load = JSON.parse(stdout);
    if (numbers === 0 || failed > 0) throw new Error(`${server.name}: ${stdout}`);
    const cpuUs = (server.cpuNs() - before) / 1000 / numbers;
    return { ...rest, cpuUs, perSecond: numbers / rest.seconds };
  };
}

/** The servers to measure, started one by one; the first is what the others are compared with. */
async function* startServers(directory: string): AsyncGenerator<ServerProcess> {
  const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const node = process.execPath;
  yield await ServerProcess.start('least C server', buildProgram('least-server', directory));
  yield await ServerProcess.start('txnid threads', node, [
    script('one-shot-server.js'),
    values.threads,
  ]);
  yield await ServerProcess.start('node:net', node, [script('net-server.js')]);
}

async function measureInTurn(servers: ServerProcess[], measure: Measure): Promise<Sample[][]> {
  const samples: Sample[][] = servers.map(() => []);
  for (const server of servers) await measure(server, warmUpSeconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, server] of servers.entries()) {
      samples[index]?.push(await measure(server, seconds));
    }
  }
  return samples;
}

function medians(samples: readonly Sample[]): Sample {
  return {
    cpuUs: median(samples.map((sample) => sample.cpuUs)),
    perSecond: median(samples.map((sample) => sample.perSecond)),
    p50Ms: median(samples.map((sample) => sample.p50Ms)),
    p99Ms: median(samples.map((sample) => sample.p99Ms)),
  };
}

/** A line per server; the ratios are to the first, the C server, as medians of each round's ratio. */
function table(servers: readonly ServerProcess[], samples: readonly Sample[][]): string {
  const lines = servers.map(({ name }, index) => {
    const mine = samples[index] ?? [];
    const { cpuUs, perSecond, p50Ms, p99Ms } = medians(mine);
    const ratio = (pick: (sample: Sample) => number) =>
      median(mine.map((sample, round) => pick(sample) / pick(samples[0]?.[round] as Sample)));
    return [
      name.padEnd(16),
      cpuUs.toFixed(2).padStart(9),
      ratio((sample) => sample.cpuUs)
        .toFixed(2)
        .padStart(7),
      perSecond.toFixed(0).padStart(9),
      ratio((sample) => sample.perSecond)
        .toFixed(2)
        .padStart(7),
      p50Ms.toFixed(2).padStart(8),
      p99Ms.toFixed(2).padStart(8),
    ].join('');
  });
  const heads = 'server            CPU us  x C    per s    x C    p50 ms  p99 ms';
  return `${[heads, ...lines].join('\n')}\n`;
}

const directory = mkdtempSync(join(tmpdir(), 'txnid-bench-'));
const servers: ServerProcess[] = [];
try {
  const load = buildProgram('one-shot-load', directory);
  for await (const server of startServers(directory)) servers.push(server);
  process.stdout.write(table(servers, await measureInTurn(servers, measureWith(load))));
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(directory, { recursive: true });
}
