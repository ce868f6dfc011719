import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { Fault } from '../../src/errors.js';
import { endListening } from '../../src/libc/tcp.js';
import { Counters } from '../../src/sequence/counter.js';
import { numberMax } from '../../src/sequence/progression.js';
import { Tally } from '../../src/server/shared/tally.js';
import { MetricsPort } from '../../src/service/metrics-port.js';
import { lookAtDescriptors } from '../support/processes/descriptors.js';
import { get } from '../support/processes/http-client.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { until } from '../support/processes/txnid-process.js';

function openSockets(): string[] {
  const numberOf = (link: string) =>
    readlinkSync(link).startsWith('socket:') ? [basename(link)] : [];
  return lookAtDescriptors('self', numberOf).flat();
}

test('a port of 0 is no metrics port', async () => {
  assert.equal(await MetricsPort.load(0), undefined);
});

test('metrics that are lost are told as such, refuse their clients, and stop nothing', async (t) => {
  const port = await freePort();
  const metrics = await MetricsPort.load(port);
  assert.ok(metrics);
  // Its thread would keep the process of a failed test alive for ever.
  t.after(() => metrics.stop());
  const before = new Set(openSockets());
  metrics.bind('127.0.0.1', port);
  const listener = openSockets().find((fd) => !before.has(fd));
  const faults: Fault[] = [];
  const counters = Counters.allocate(1);
  counters.at(0).raise(10n, 5n);
  await metrics.start(
    {
      ports: [{ name: 'one_shot', tally: Tally.allocate(1) }],
      openSessions: () => 0,
      sessionsMax: 0,
      counters,
      names: ['default'],
      progression: { instance: 1n, increment: 1n, max: numberMax },
      window: () => 1n,
      burnt: 0n,
      version: '1.0.0',
      startedAt: new Date(),
    },
    { onShortage: () => assert.fail(), onFault: (fault) => faults.push(fault) },
  );
  assert.equal(metrics.open(), `metrics port 127.0.0.1:${port}`);
  assert.match((await get(port, '/metrics')).body, /^txnid_numbers_total\{port="one_shot"\} 0$/m);
  endListening(Number(listener));
  await until(() => faults.length > 0, 'a fault');
  assert.deepEqual(faults, [
    {
      what: 'Metrics are told no more: Cannot go on listening: invalid argument (EINVAL)',
      remedy: 'start the service again',
    },
  ]);
  assert.equal((await get(port, '/healthz')).error, 'ECONNREFUSED');
});
