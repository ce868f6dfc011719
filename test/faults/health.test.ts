/** What the health check says while the disk is slow. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { FaultyDisk } from '../simulation/faulty-disk.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { get, samplesIn } from '../support/processes/http-client.js';
import { Clients, freePort } from '../support/processes/one-shot-client.js';
import { until } from '../support/processes/txnid-process.js';

const disk = new FaultyDisk();
const environment = disk.environment;

test('while numbers wait for a flush health is 503, metrics tell the flush, and both recover', async () => {
  const metricsPort = await freePort();
  const instance = await newInstance('-increment', '32767', '-metrics-port', `${metricsPort}`);
  const daemon = await Daemon.start(instance, { environment });
  assert.equal((await get(metricsPort, '/healthz')).status, 200);
  disk.break('slow 2500');
  const clients = new Clients(instance.port, 4);
  let unwell = '';
  await until(async () => {
    const { status, body } = await get(metricsPort, '/healthz');
    unwell = body;
    return status === 503;
  }, 'health is 503');
  assert.equal(unwell, 'numbers wait for the disk\n');
  const samples = samplesIn((await get(metricsPort, '/metrics')).body);
  assert.equal(samples.get('txnid_reserved_numbers'), 0);
  assert.ok((samples.get('txnid_flush_under_way_seconds') ?? 0) >= 1);
  await until(async () => (await get(metricsPort, '/healthz')).status === 200, 'health is back');
  await clients.stop();
  const ended = daemon.stop();
  await until(async () => {
    const { status, body } = await get(metricsPort, '/healthz');
    return status === 503 && body === 'the service is stopping\n';
  }, 'health tells the stop while the position is saved');
  disk.mend();
  assert.equal((await ended).code, 0);
});
