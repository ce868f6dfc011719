/**
 * No descriptors left, on both ports: clients wait, which is told once and costs no CPU, and are
 * served as soon as there are some.
 */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, Clients, isWhole } from '../support/one-shot-client.js';
import { until } from '../support/txnid-process.js';
import type { StartCrowd } from './crowd.js';
import { type Serving, whileServing } from './serving.js';
import { cpuNs } from './usage.js';

const descriptorsMax = 200;
const greedyCount = 300;
const patientCount = 40;
const oneShotCount = 20;
const measuredMs = 700;
/** A thread that spins takes a whole CPU: more than any number of clients here make it take. */
const loadedShareMax = 1 / 4;

export async function shortage(crowd: StartCrowd): Promise<string> {
  return await whileServing({ descriptorsMax }, async (serving) => {
    const { port, sessionPort, daemon } = serving;
    const loadedNs = await cpuUnderLoad(serving);
    const greedy = await crowd('session', sessionPort, greedyCount, 0.5);
    const { open, waiting, empty } = greedy.fates;
    assert.ok(open > 0 && waiting > 0, `${open} are served, ${waiting} wait`);
    assert.equal(empty, 0, 'nobody is sent away');
    const patient = await crowd('session', sessionPort, patientCount, 0.1);
    assert.equal(patient.fates.waiting, patientCount);
    const answers = Promise.all(Array.from({ length: oneShotCount }, () => ask(port)));
    await until(() => told(serving) > 0, 'the shortage is told');
    const hungryNs = await cpuDuring(serving, () => sleep(measuredMs));
    assert.ok(hungryNs < loadedNs * loadedShareMax, `${hungryNs} ns, ${loadedNs} ns under load`);
    assert.ok(told(serving) <= 2, `at most a line for each port: ${daemon.process.stderr}`);
    assert.equal((await greedy.tell('ask')).numbers, open, 'who has a session is served');
    await greedy.leave('close');
    for (const { text } of await answers) assert.ok(isWhole(text), JSON.stringify(text));
    await until(async () => (await patient.tell('settle')).open === patientCount, 'their turn');
    assert.equal((await patient.tell('ask')).numbers, patientCount);
    await patient.leave('close');
    assert.ok(told(serving) <= 2, `at most a line for each port: ${daemon.process.stderr}`);
    const share = ((hungryNs / loadedNs) * 100).toFixed(1);
    return `${open} of ${greedyCount} served, CPU then ${share} % of that under load`;
  });
}

/** How often it has told of a shortage. */
function told({ daemon }: Serving): number {
  return daemon.process.stderr.split('Cannot take connections for now').length - 1;
}

async function cpuUnderLoad(serving: Serving): Promise<number> {
  const clients = new Clients(serving.port, 8);
  const usedNs = await cpuDuring(serving, () => sleep(measuredMs));
  await clients.stop();
  return usedNs;
}

async function cpuDuring({ pid }: Serving, act: () => Promise<void>): Promise<number> {
  const beforeNs = cpuNs(pid);
  await act();
  return cpuNs(pid) - beforeNs;
}
