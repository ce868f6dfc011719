/**
 * No descriptors left, on both ports: clients wait, which is told once and costs no CPU, and are
 * served as soon as there are some.
 */

import assert from 'node:assert/strict';
import { ask, isWhole } from '../support/processes/one-shot-client.js';
import { shareOfSpin } from '../support/processes/spin.js';
import { until } from '../support/processes/txnid-process.js';
import type { Crowd, Crowds, Fates } from './crowd.js';
import { type Serving, whileServing } from './serving.js';

const descriptorsMax = 200;
const greedyCount = 300;
const patientCount = 40;
const oneShotCount = 20;
const settleSeconds = 0.3;
const ports = 2;
/** How often each of them tells of a shortage at most. */
const toldIntervalMs = 10_000;
const spunShareMax = 1 / 4;

export async function shortage(crowds: Crowds): Promise<string> {
  return await whileServing({ descriptorsMax }, async (serving) => {
    const { port, sessionPort, pid } = serving;
    const startMs = performance.now();
    const greedy = await crowds.start('session', sessionPort, greedyCount, settleSeconds);
    await until(() => told(serving) > 0, 'the shortage is told');
    const { open } = await settled(greedy);
    const patient = await crowds.start('session', sessionPort, patientCount, settleSeconds);
    assert.equal(patient.fates.waiting, patientCount);
    const answers = Promise.all(Array.from({ length: oneShotCount }, () => ask(port)));
    const share = await shareOfSpin(pid);
    assert.ok(share < spunShareMax, `${share} of what a thread takes that spins`);
    assert.equal((await greedy.tell('ask')).numbers, open, 'who has a session is served');
    assert.equal(greedy.fates.empty, 0, 'nobody is sent away');
    await greedy.leave('close');
    for (const { text } of await answers) assert.ok(isWhole(text), JSON.stringify(text));
    await until(async () => (await patient.tell('settle')).open === patientCount, 'their turn');
    assert.equal((await patient.tell('ask')).numbers, patientCount);
    await patient.leave('close');
    const intervals = 1 + Math.floor((performance.now() - startMs) / toldIntervalMs);
    assert.ok(told(serving) <= ports * intervals, `${told(serving)} lines of it are too many`);
    return `${open} of ${greedyCount} served, ${(share * 100).toFixed(1)} % of the CPU of a spin`;
  });
}

/** When no more of them are served than before. */
async function settled(crowd: Crowd): Promise<Fates> {
  for (;;) {
    const before = crowd.fates.open;
    const fates = await crowd.tell('settle');
    if (fates.open > 0 && fates.open === before) return fates;
  }
}

/** How often it has told of a shortage. */
function told({ daemon }: Serving): number {
  return daemon.process.stderr.split('Cannot take connections for now').length - 1;
}
