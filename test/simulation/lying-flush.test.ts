/**
 * A disk that says "flushed" and then loses the data cannot be outwitted: see test/TESTING.md for what
 * is still promised on it, which is what is held here.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressionOf } from '../support/fixtures/progress-fixture.js';
import { Exploration } from './exploration.js';
import { sequencesUpTo } from './operations.js';
import { nothing, usedBefore } from './situations.js';

const other = progressionOf({ instance: 2n, increment: 3n });

test('after a flush that lied nothing below a record that survived is repeated, and the trail tells', async (context) => {
  const exploration = new Exploration({ other, sectorBytes: 4096, cutsMax: 1 });
  const [stopped] = await usedBefore(exploration, progressionOf());
  assert.ok(stopped !== undefined);
  await exploration.spoil(nothing(progressionOf()), ['start'], ['lies']);
  for (const operations of [...sequencesUpTo(1), ['start', 'serve'] as const]) {
    await exploration.spoil(stopped, operations, ['lies']);
  }
  const { counts } = exploration;
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.refused > 0, 'the trail has found something out');
  assert.ok(counts.owedLess > 0, 'and there is something that nobody can keep');
});
