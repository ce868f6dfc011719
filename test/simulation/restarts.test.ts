import { test } from 'node:test';
import fc from 'fast-check';
import { numberMax, type Progression } from '../../src/sequence/progression.js';
import { progressionOf, recordOf } from '../support/fixtures/progress-fixture.js';
import { type Action, nearEnd, Restarts, type Run } from './restarts.js';
import { type FaultKind, SimulatedDisk } from './simulated-disk.js';

const numRuns = 150;

const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('next' as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    kind: fc.constant('take' as const),
    count: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 1_000_000 })),
  }),
  fc.record({
    kind: fc.constant('reserve ahead' as const),
    count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1_000_000 })),
  }),
);
const kinds = fc.constantFrom<FaultKind>('refused', 'short', 'dropped', 'done');
const rarely = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });

const runs: fc.Arbitrary<Run> = fc.record({
  actions: fc.array(actions, { maxLength: 6 }),
  ending: fc.constantFrom('clean', 'killed'),
  fault: rarely(fc.record({ steps: fc.integer({ min: 0, max: 20 }), kind: kinds })),
  powerCut: rarely(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 })),
  lostSlot: rarely(fc.constantFrom(0 as const, 1 as const)),
});

/** Lives through random histories of one instance. A failure prints its seed and shortest history. */
async function live(progression: Progression, first = progression.instance): Promise<void> {
  const histories = fc.array(runs, { minLength: 1, maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const restarts = new Restarts(
        SimulatedDisk.created(recordOf({ next: first })),
        progression,
        first,
      );
      for (const run of history) {
        if (!(await restarts.run(run))) return;
      }
    }),
    { numRuns },
  );
}

for (const increment of [1n, 3n, 32767n]) {
  test(`no restart, crash, torn write or lost slot repeats a number at increment ${increment}`, async () => {
    await live(progressionOf({ instance: 2n, increment }));
  });

  test(`nor does it near the end of 64 bits, at increment ${increment}`, async () => {
    const progression = progressionOf({ instance: 2n, increment, max: numberMax });
    await live(progression, nearEnd(progression, 5_000_000n / increment));
  });

  test(`nor does it where max is near, at increment ${increment}`, async () => {
    await live(progressionOf({ instance: 2n, increment, max: 100n }));
    await live(progressionOf({ instance: 2n, increment, max: 200_000n }));
  });
}
