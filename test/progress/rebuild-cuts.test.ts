import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exploration } from '../support/exploration.js';
import { progressionOf } from '../support/progress-fixture.js';
import { damaged } from '../support/situations.js';

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
