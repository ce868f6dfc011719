/** When threads are called and park, on simulated time: as many serve as are busy. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Crew, CrewRule } from '../../../src/server/one-shot/crew.js';

import { Gate } from '../../../src/server/shared/gate.js';
import { until } from '../../support/processes/txnid-process.js';

/** Milliseconds between two looks of each thread that serves. */
const lookMs = 10;

/** The threads of a port under loads, as parts of one CPU that all of them together could use. */
class SimulatedCrew {
  readonly #rules: CrewRule[];
  serving = 1;
  nowMs = 0;
  calls = 0;

  constructor(readonly threads: number) {
    this.#rules = Array.from({ length: threads }, () => new CrewRule());
  }

  /** `load`: of so many CPUs; each thread that serves takes a like part, and no more than it can. */
  run(load: number, forMs: number): this {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += lookMs) {
      for (const [thread, rule] of this.#rules.entries()) {
        if (thread >= this.serving) continue;
        const { threads, serving, nowMs } = this;
        const share = Math.min(load / serving, 1);
        const verdict = rule.judge({ thread, threads, serving, share, nowMs });
        if (verdict === 'call') this.calls++;
        if (verdict !== 'stay') this.serving += verdict === 'call' ? 1 : -1;
      }
    }
    return this;
  }
}

test('one thread serves while it is not busy, however many there are', () => {
  for (const load of [0, 0.1, 0.5, 0.89]) {
    const crew = new SimulatedCrew(4).run(load, 10_000);
    assert.deepEqual([crew.serving, crew.calls], [1, 0]);
  }
});

test('as many are called as there is load for, at once, and no more than there are', () => {
  const crew = new SimulatedCrew(4);
  assert.equal(crew.run(1.5, 100).serving, 2);
  assert.equal(crew.run(2.9, 100).serving, 4, 'three would all be busy');
  assert.equal(crew.run(9, 1000).serving, 4);
  assert.equal(new SimulatedCrew(1).run(9, 1000).serving, 1);
});

test('they park one after the other when the others can carry their share', () => {
  const crew = new SimulatedCrew(4).run(4, 1000);
  assert.equal(crew.run(1.9, 1000).serving, 3);
  assert.equal(crew.run(0, 1000).serving, 1);
});

test('a call that was not worth it is repeated ever more seldom, and at once again after one that was', () => {
  const crew = new SimulatedCrew(2);
  /** A load that makes the first thread busy, and of two the second superfluous, in turn. */
  const flicker = (times: number): number => {
    const before = crew.calls;
    for (let left = times; left > 0; left--) crew.run(0.95, lookMs).run(0.5, lookMs);
    return crew.calls - before;
  };
  const first = flicker(100);
  flicker(400);
  const later = flicker(100);
  assert.ok(later < first, `${later} after ${first}`);
  assert.ok(later <= 1);
  crew.run(0.1, 10_000);
  // One call that lasts, then the pause is short again.
  crew.run(1.5, 20_000).run(0.1, 1000);
  assert.equal(crew.serving, 1);
  assert.ok(flicker(100) >= first, 'as after the start');
});

/** A second thread, parked; it counts how often it was called, and parks again. */
const parked = `
  const { workerData: { crew, gate, calls } } = require('node:worker_threads');
  (async () => {
    const { Crew } = await import(${JSON.stringify(new URL('../../../src/server/one-shot/crew.js', import.meta.url).href)});
    const { Gate } = await import(${JSON.stringify(new URL('../../../src/server/shared/gate.js', import.meta.url).href)});
    const closing = new Gate(gate);
    const own = new Crew(crew, 1, 2, closing);
    for (;;) {
      own.parkUnlessWanted();
      if (closing.isClosed()) return;
      Atomics.add(new Int32Array(calls), 0, 1);
      // Mostly it waits: so it is not needed for long, and served() parks it within.
      while (!closing.isClosed()) {
        closing.pause(20);
        for (let left = 512; left > 0; left--) own.served();
        Atomics.add(new Int32Array(calls), 1, 1);
      }
    }
  })();
`;

test('a busy thread calls a parked one, which parks again when it has nothing to do, and ends with the gate', async () => {
  const gate = new Gate();
  gate.open();
  const [crew, calls] = [Crew.allocate(), new SharedArrayBuffer(8)];
  const workerData = { crew, gate: gate.memory, calls };
  const worker = new Worker(parked, { eval: true, workerData });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const busy = new Crew(crew, 0, 2, gate);
  busy.parkUnlessWanted();
  // On a machine with other load it may take a while until this thread has a CPU for itself.
  const called = () => Atomics.load(new Int32Array(calls), 0) > 0;
  await until(() => {
    for (let left = 100_000; left > 0; left--) busy.served();
    return called();
  }, 'a call');
  gate.close();
  Crew.end(crew);
  assert.equal(await ended, 0);
});
