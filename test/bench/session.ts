/**
 * The session port, which makes every number durable, against redis-server's INCR, which does not
 * (--save "" --appendonly no), and against the least that a session server in C can do: receive,
 * render, send. Where redis-server is not installed, the C server is what all are compared with.
 */

import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from '../support/processes/one-shot-client.js';
import { cpuNs } from '../support/processes/usage.js';
import type { Extent } from './extent.js';
import { buildProgram } from './native.js';
import { measureInTurn, type Rival, withRivals } from './rival.js';
import { ServerProcess } from './server-process.js';
import type { Column, Sample, Table } from './table.js';
import { TxnidServer } from './txnid-server.js';

/** A server, and what session-load calls the requests to it. */
interface Asked extends Rival {
  readonly requests: 'txnid' | 'redis' | 'ranges';
}

const columns: readonly Column[] = [
  { key: 'cpuUs', head: 'CPU us', digits: 3, hasRatio: true },
  { key: 'perSecond', head: 'per s', digits: 0, hasRatio: true },
];
const depths = [1, 16, 256, 4096];
const rangeDepth = 16;
const leastName = 'least C server';
const redisName = 'redis-server';

export async function sessionTables(extent: Extent): Promise<Table[]> {
  const hasRedis = spawnSync(redisName, ['--version']).status === 0;
  const load = sessionLoad(extent);
  const table = async (asked: readonly Asked[], depth: number, title: string): Promise<Table> => {
    const samples = await measureInTurn(asked, extent.rounds, (rival) => load(rival, depth));
    const rows = asked.map(({ name }, index) => ({ name, samples: samples[index] ?? [] }));
    const baseline = hasRedis ? redisName : leastName;
    return { title, columns, rows, ...(asked.length > 1 ? { baseline } : {}) };
  };
  return await withRivals(
    () => rivals(extent, hasRedis),
    async (started) => {
      const tables: Table[] = [];
      for (const depth of depths) {
        const title = `session port, ${extent.sessions} connections, depth ${depth}`;
        tables.push(await table(started, depth, title));
      }
      const ranges = started
        .slice(0, 1)
        .map((rival) => ({ ...rival, requests: 'ranges' as const }));
      const title = `session port, ranges of 1000, ${extent.sessions} connections, depth ${rangeDepth}`;
      return [...tables, await table(ranges, rangeDepth, title)];
    },
  );
}

function sessionLoad(extent: Extent): (asked: Asked, depth: number) => Promise<Sample> {
  const program = buildProgram('session-load', extent.directory);
  return async ({ requests, pid, port }, depth) => {
    const before = cpuNs(pid);
    const options = [requests, port, extent.sessions, depth, extent.seconds].map(String);
    const { stdout } = await promisify(execFile)(program, options);
    const { numbers, seconds } = JSON.parse(stdout) as { numbers: number; seconds: number };
    return { cpuUs: (cpuNs(pid) - before) / 1000 / numbers, perSecond: numbers / seconds };
  };
}

async function* rivals(extent: Extent, hasRedis: boolean): AsyncGenerator<Asked> {
  for (const count of new Set([extent.threads, 1])) {
    const server = await TxnidServer.start(`txnid -threads ${count}`, ['-threads', `${count}`]);
    yield { ...server.session, requests: 'txnid' };
  }
  const least = buildProgram('least-session-server', extent.directory);
  yield asked(await ServerProcess.start(leastName, least), 'txnid');
  if (hasRedis) yield asked(await startRedis(extent.directory), 'redis');
}

async function startRedis(directory: string): Promise<ServerProcess> {
  const port = await freePort();
  return await ServerProcess.startOn(redisName, port, redisName, [
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory],
    ...['--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
  ]);
}

function asked(server: ServerProcess, requests: Asked['requests']): Asked {
  const { name, pid, port } = server;
  return { name, pid, port, requests, stop: () => server.stop() };
}
