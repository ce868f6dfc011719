import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { numberMax, type Progression } from '../../src/sequence/progression.js';
import { progressionOf } from '../support/fixtures/progress-fixture.js';
import { Exploration, type ExplorationOptions } from './exploration.js';
import { sequencesUpTo } from './operations.js';
import { nearEnd, nothing, usedBefore } from './situations.js';

/** `npm run explore` looks deeper than there is time for in the gate. */
const isLong = process.env.TXNID_TEST_EXPLORE === 'long';

const other = progressionOf({ instance: 2n, increment: 3n });

function explorationOf(changes: Partial<ExplorationOptions> = {}): Exploration {
  return new Exploration({ other, sectorBytes: 512, cutsMax: isLong ? 2 : 1, ...changes });
}

/** Says how much was looked at; an exploration that looked at nothing has proved nothing. */
function conclude(context: TestContext, { counts }: Exploration, least: number): void {
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.cuts >= least && counts.starts >= least, JSON.stringify(counts));
}

for (const sectorBytes of [512, 4096] as const) {
  test(`a first life survives a cut at each call, with sectors of ${sectorBytes} bytes`, async (context) => {
    const exploration = explorationOf({ sectorBytes });
    for (const operations of sequencesUpTo(sectorBytes === 512 || isLong ? 3 : 2)) {
      await exploration.cut(nothing(progressionOf()), operations);
    }
    conclude(context, exploration, 50);
  });
}

test('nor does a second cut, in the start after the first one, break the promise', async (context) => {
  const exploration = explorationOf({ cutsMax: isLong ? 3 : 2 });
  const starts = [nothing(progressionOf())];
  if (isLong) starts.push(...(await usedBefore(exploration, progressionOf())));
  for (const operations of sequencesUpTo(isLong ? 2 : 1)) {
    for (const start of starts) await exploration.cut(start, operations);
  }
  conclude(context, exploration, 100);
});

test('up to three operations from any beginning survive a cut at each call', async (context) => {
  const exploration = explorationOf();
  const starts = await usedBefore(exploration, progressionOf());
  for (const [index, start] of starts.entries()) {
    // The first two have both slots.
    const length = isLong || index < 2 ? 3 : 1;
    for (const operations of sequencesUpTo(length)) await exploration.cut(start, operations);
  }
  conclude(context, exploration, 300);
});

test('no call that fails, once or for ever, and no cut after it breaks the promise', async (context) => {
  const exploration = explorationOf();
  const starts = await usedBefore(exploration, progressionOf());
  for (const operations of sequencesUpTo(isLong ? 3 : 2)) {
    await exploration.spoil(nothing(progressionOf()), operations);
    if (isLong) for (const start of starts) await exploration.spoil(start, operations);
  }
  conclude(context, exploration, 300);
});

const progressions: Partial<Progression>[] = [
  { instance: 0n, increment: 3n },
  { instance: 32767n, increment: 32767n },
];

for (const values of progressions) {
  const name = `instance ${values.instance} and increment ${values.increment}`;
  test(`nor does a cut or a failing call at ${name}`, async (context) => {
    const progression = progressionOf(values);
    const exploration = explorationOf();
    for (const start of (await usedBefore(exploration, progression)).slice(0, isLong ? 6 : 2)) {
      for (const operations of sequencesUpTo(isLong ? 3 : 1))
        await exploration.cut(start, operations);
    }
    for (const operations of sequencesUpTo(isLong ? 2 : 1)) {
      await exploration.spoil(nothing(progression), operations);
    }
    conclude(context, exploration, 50);
  });
}

for (const max of [100n, 200_000n, numberMax]) {
  test(`nor does a cut or a failing call near the end at max ${max}`, async (context) => {
    const exploration = explorationOf();
    const progression = progressionOf({ instance: 5n, increment: 7n, max });
    for (const distance of [0n, 3n]) {
      const start = await nearEnd(exploration, progression, distance);
      for (const operations of sequencesUpTo(2)) await exploration.cut(start, operations);
      if (isLong || max === 100n) await exploration.spoil(start, ['start']);
    }
    conclude(context, exploration, 50);
  });
}
