/** IPv6: the ports, who may ask, and the clients. Skipped where the loopback has none. */

import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import test, { afterEach } from 'node:test';
import { connect } from '../../src/client/client.js';
import { askOneShot } from '../../src/client/one-shot.js';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { get } from '../support/processes/http-client.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { assertRefused, faultsOf } from '../support/processes/refusal.js';
import { runTxnid, TxnidProcess, until } from '../support/processes/txnid-process.js';

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');

/** One that a failed test leaves would keep its file waiting. */
let running: TxnidProcess[] = [];
afterEach(async () => {
  await Promise.all(running.map((process) => process.end('SIGKILL')));
  running = [];
});

/** A daemon on that address, once it answers at `host`. */
async function serving(ip: string, host: string, ...flags: string[]) {
  const [port, sessionPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  const ports = { port, 'session-port': sessionPort, 'metrics-port': metricsPort };
  const values = [
    ...['-confdir', freshConfdir(), '-ip', ip, ...flags],
    ...Object.entries(ports).flatMap(([name, value]) => [`-${name}`, String(value)]),
  ];
  const process = new TxnidProcess(values, {});
  running.push(process);
  let first: bigint | undefined;
  await until(async () => {
    first = await askOneShot({ host, port }).catch(() => undefined);
    return first !== undefined || process.hasEnded;
  }, 'the first number');
  assert.equal(first, 1n, process.stderr);
  return { process, values, port, sessionPort, metricsPort };
}

test('an IPv6 address is listened on, asked by every client, and told in brackets', {
  skip: !hasIpv6,
}, async () => {
  const { process, values, port, sessionPort } = await serving('::1', '::1', '-v');
  await assert.rejects(askOneShot({ host: '127.0.0.1', port }), { code: 'connect' });
  const client = await connect({ host: '::1', port: sessionPort });
  assert.equal(await client.next(), 2n);
  await client.close();
  assert.equal((await runTxnid(['next', ...values])).stdout, '3\n');
  const bench = await runTxnid(['bench', '-seconds', '0.2', ...values]);
  assert.equal(bench.code, 0, bench.stderr);
  assert.match(bench.stdout, /^server +\[::1\]:\d+, session port$/m);
  const taken = await runTxnid([...values, '-confdir', freshConfdir(), '-v=false']);
  assertRefused(taken, 255, /Cannot listen on \[::1\]:\d+: /);
  const { stdout } = await process.end('SIGTERM');
  assert.match(stdout, new RegExp(`^one-shot port \\[::1\\]:${port}, `, 'm'));
});

test(':: serves both families, and allow judges a peer of either as what it is', {
  skip: !hasIpv6,
}, async () => {
  const both = await serving('::', '127.0.0.1', '-allow', '127.0.0.0/8,::1');
  assert.equal(await askOneShot({ host: '::1', port: both.port }), 2n);
  assert.equal((await runTxnid(['next', ...both.values])).stdout, '3\n');
  await both.process.end('SIGTERM');
  const onlyIpv4 = await serving('::', '127.0.0.1', '-allow', '127.0.0.1');
  await assert.rejects(askOneShot({ host: '::1', port: onlyIpv4.port }));
  await until(() => onlyIpv4.process.stderr.includes('from ::1,'), 'the refusal');
  await onlyIpv4.process.end('SIGTERM');
  const onlyIpv6 = await serving('::', '::1', '-allow', '::/64');
  await assert.rejects(askOneShot({ host: '127.0.0.1', port: onlyIpv6.port }));
  await until(() => onlyIpv6.process.stderr.includes('from 127.0.0.1,'), 'the refusal');
  // Written otherwise, it is the same list.
  const again = [...onlyIpv6.values, '-allow', '0:0:0:0::/64'];
  await onlyIpv6.process.end('SIGTERM');
  const check = await runTxnid(['check', ...again]);
  assert.deepEqual([check.code, faultsOf(check)], [0, []], check.stderr);
});

test('the metrics port listens where metrics-ip says', { skip: !hasIpv6 }, async () => {
  const { process, values, metricsPort } = await serving(
    '127.0.0.1',
    '127.0.0.1',
    '-metrics-ip',
    '::',
  );
  assert.equal((await get(metricsPort, '/healthz')).body, 'ok\n');
  const beside = await runTxnid(['check', ...values]);
  assert.equal(beside.code, 0, beside.stderr);
  await process.end('SIGTERM');
  const otherwise = values.map((value) => (value === '::' ? '127.0.0.1' : value));
  assertRefused(
    await runTxnid(otherwise),
    80,
    /metrics-ip is 127\.0\.0\.1 .*the saved value is ::/,
  );
});
