/** The metrics port of the running service: what it tells is what is so. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { get, samplesIn } from '../support/processes/http-client.js';
import { ask, askNumbers, freePort } from '../support/processes/one-shot-client.js';
import { assertRefused, faultsOf } from '../support/processes/refusal.js';
import { SessionClient } from '../support/processes/session-client.js';
import { statusOf } from '../support/processes/status.js';
import { runTxnid, TxnidProcess, until } from '../support/processes/txnid-process.js';

async function samplesOf(port: number): Promise<ReadonlyMap<string, number>> {
  const { status, body } = await get(port, '/metrics');
  assert.equal(status, 200, body);
  return samplesIn(body);
}

async function instanceWithMetrics(...values: string[]) {
  const metricsPort = await freePort();
  const instance = await newInstance('-metrics-port', `${metricsPort}`, ...values);
  return { instance, metricsPort };
}

test('what was handed out, refused and begun is told by port', async () => {
  const sessionPort = await freePort();
  const { instance, metricsPort } = await instanceWithMetrics(
    '-session-port',
    `${sessionPort}`,
    '-max-sessions',
    '2',
  );
  const daemon = await Daemon.start(instance);
  await askNumbers(instance.port, 4);
  const sessions = [await SessionClient.open(sessionPort), await SessionClient.open(sessionPort)];
  for (const session of sessions) await session.ask('10\x02');
  for (let extra = 0; extra < 3; extra++) await (await SessionClient.open(sessionPort)).closed();
  const samples = await samplesOf(metricsPort);
  assert.equal(samples.get('txnid_numbers_total{port="one_shot"}'), 5);
  assert.equal(samples.get('txnid_numbers_total{port="session"}'), 20);
  assert.equal(samples.get('txnid_sessions'), 2);
  assert.equal(samples.get('txnid_sessions_limit'), 2);
  assert.equal(samples.get('txnid_sessions_total'), 2);
  const refused = 'txnid_refused_connections_total{port="session",reason="too_many_sessions"}';
  assert.equal(samples.get(refused), 3);
  assert.equal(samples.get('txnid_next_number_low'), 26);
  assert.ok((samples.get('txnid_flush_duration_seconds_count') ?? 0) >= 2);
  daemon.process.signal('SIGUSR1');
  const line = /^txnid: next 26, reserved below 65536, handed out 25, sessions 2 of 2$/m;
  await until(() => line.test(daemon.process.stderr), 'a line of status');
  for (const { socket } of sessions) socket.destroy();
  const { stderr } = await daemon.stop();
  const told = faultsOf({ stderr }).filter((fault) => fault.includes('max-sessions'));
  assert.equal(told.length, 1);
  assert.match(
    told[0] ?? '',
    /^txnid: Refused a session: as many as max-sessions are open( \(\d+ times\))?: raise /,
  );
});

test('peers that allow does not list are counted, and told to the operator once', async () => {
  const { instance, metricsPort } = await instanceWithMetrics('-allow', '127.0.0.2');
  const process = await startUnserved(instance.values, metricsPort);
  // Which opens first; a connection to the other one would count.
  await until(() => listensOn(instance.port), 'the one-shot port');
  for (let count = 0; count < 30; count++) assert.equal((await ask(instance.port)).text, '');
  const samples = await samplesOf(metricsPort);
  const refused = 'txnid_refused_connections_total{port="one_shot",reason="not_allowed"}';
  assert.equal(samples.get(refused), 30);
  assert.equal(samples.get('txnid_numbers_total{port="one_shot"}'), 0);
  const lines = faultsOf(await process.end());
  assert.equal(lines.length, 1, lines.join('\n'));
  const line =
    /^txnid: Refused a connection from 127\.0\.0\.1, which allow does not list( \(\d+ times\))?: add /;
  assert.match(lines[0] ?? '', line);
});

test('the next number is exact beyond 2^53, and a crash shows as numbers burnt', async () => {
  const { instance, metricsPort } = await instanceWithMetrics('-increment', '3');
  await (await Daemon.start(instance)).stop();
  const far = 2n ** 63n + 1n;
  await runTxnid(['advance', String(far), '-yes', ...instance.values]);
  const daemon = await Daemon.start(instance);
  const samples = await samplesOf(metricsPort);
  const half = (name: string) => BigInt(samples.get(`txnid_next_number_${name}`) ?? -1);
  assert.equal(half('high') * 65536n + half('low'), daemon.first + 3n);
  assert.equal(samples.get('txnid_burnt_at_start_numbers'), 0);
  assert.ok(Math.abs((samples.get('txnid_used_ratio') ?? 0) - 0.5) < 0.01);
  await daemon.kill();
  const again = await Daemon.start(instance);
  const burnt = (await samplesOf(metricsPort)).get('txnid_burnt_at_start_numbers') ?? 0;
  assert.ok(burnt > 0 && burnt < 70_000, `${burnt}`);
  await again.stop();
});

test('the port is on loopback, told with -v, and checked as the others are', async () => {
  const { instance, metricsPort } = await instanceWithMetrics('-ip', '0.0.0.0');
  const values = instance.values.filter((_, index) => index !== 2 && index !== 3);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(metricsPort, '127.0.0.1', resolve));
  for (const command of [['check'], []]) {
    const pattern = new RegExp(`127\\.0\\.0\\.1:${metricsPort}: address already in use`);
    assertRefused(await runTxnid([...command, ...values]), 255, pattern);
  }
  await new Promise((resolve) => taken.close(resolve));
  const daemon = await Daemon.start({ ...instance, values }, { values: ['-v'] });
  const { code, stdout } = await runTxnid(['check', ...values]);
  assert.deepEqual([code, stdout], [0, 'ok\n']);
  assert.equal((await get(metricsPort, '/healthz')).body, 'ok\n');
  assert.ok(listensOn(metricsPort));
  const ended = await daemon.stop();
  assert.match(ended.stdout, new RegExp(`^metrics port 127\\.0\\.0\\.1:${metricsPort}$`, 'm'));
});

test('a clean stop with the metrics port on burns nothing', async () => {
  const { instance, metricsPort } = await instanceWithMetrics();
  const daemon = await Daemon.start(instance);
  await get(metricsPort, '/metrics');
  assert.equal((await daemon.stop()).code, 0);
  const { next, clean } = await statusOf(instance.confdir);
  assert.deepEqual([next, clean], ['2', true]);
});

test('who does not want metrics does not load what they take', () => {
  const folder = fileURLToPath(new URL('../../bin/', import.meta.url));
  const text = (name: string) => readFileSync(join(folder, name), 'utf8');
  const withLibrary = readdirSync(folder).filter((name) => text(name).includes('prom-client:'));
  assert.equal(withLibrary.length, 1, 'it is in one chunk');
  const importing = readdirSync(folder).filter((name) =>
    new RegExp(`(from|import)\\s*"\\./${withLibrary[0]}"`).test(text(name)),
  );
  assert.deepEqual(importing, [], 'which is imported only when it is wanted');
});

function listensOn(port: number): boolean {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync('/proc/net/tcp', 'utf8').includes(local);
}

/** A daemon that serves nobody here: it is up once it tells its metrics. */
async function startUnserved(
  values: readonly string[],
  metricsPort: number,
): Promise<TxnidProcess> {
  const process = new TxnidProcess(values);
  await until(
    async () => (await get(metricsPort, '/healthz')).status === 200 || process.hasEnded,
    'health',
  );
  return process;
}
