import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slotBytes } from '../../src/progress/record.js';
import { Exploration } from '../support/exploration.js';
import { progressionOf } from '../support/progress-fixture.js';
import { damaged, spoilt } from '../support/situations.js';
import { slotOf } from '../support/slot-text.js';

test('a rebuild that is cut or fails anywhere can be done again, and repeats nothing', async (context) => {
  const other = progressionOf({ instance: 2n, increment: 3n });
  const exploration = new Exploration({ other, sectorBytes: 512, cutsMax: 1 });
  const start = await damaged(exploration, progressionOf());
  await exploration.spoil(start, ['rebuild']);
  await exploration.spoil(start, ['rebuild', 'start']);
  const { counts } = exploration;
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.starts > 20 && counts.refused > 0);
});

test('a rebuild that is cut or fails anywhere never forgets what the old file knew', async (context) => {
  const other = progressionOf({ instance: 2n, increment: 3n });
  const exploration = new Exploration({ other, sectorBytes: 512, cutsMax: 1 });
  const starts = await spoilt(exploration, progressionOf(), [
    (bytes) => Buffer.concat([bytes, Buffer.from('\n')]),
    (bytes) => Buffer.concat([bytes.subarray(0, slotBytes), slotOf('', 2)]),
    (bytes) => bytes.subarray(0, slotBytes + 700),
    (bytes) => Buffer.concat([slotOf('', 2), bytes.subarray(slotBytes)]),
  ]);
  for (const start of starts) await exploration.spoil(start, ['rebuild']);
  const { counts } = exploration;
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.starts > 200 && counts.refused > 0);
});
