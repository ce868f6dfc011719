import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Choice,
  chooseSlot,
  positionOf,
  type SlotChoice,
} from '../../../src/progress/file/choice.js';
import type { ProgressRecord, Slot } from '../../../src/progress/file/record.js';
import { progressionOf, recordOf } from '../../support/fixtures/progress-fixture.js';

const damaged: Slot = { kind: 'damaged' };
const high = 65536n;

function slotOf(changes: Partial<ProgressRecord>): Slot {
  return { kind: 'record', record: recordOf(changes) };
}

function generation(number: number): Slot {
  return slotOf({ generation: number });
}

/** What was chosen, in short: generation, slot, and whether its neighbour is intact. */
function outline(chosen: SlotChoice) {
  if ('unusable' in chosen) return chosen.unusable;
  return [chosen.record.generation, chosen.slot, chosen.isNeighbourIntact];
}

function survivor(changes: Partial<ProgressRecord>): Choice {
  return { record: recordOf(changes), slot: 0, isNeighbourIntact: false };
}

function whole(changes: Partial<ProgressRecord>): Choice {
  return { ...survivor(changes), isNeighbourIntact: true };
}

test('of two neighbours the newer one counts, in either slot', () => {
  assert.deepEqual(outline(chooseSlot(generation(4), generation(5))), [5, 1, true]);
  assert.deepEqual(outline(chooseSlot(generation(6), generation(5))), [6, 0, true]);
});

test('two records that are not neighbours count as a newest one whose neighbour is lost', () => {
  assert.deepEqual(outline(chooseSlot(generation(4), generation(6))), [6, 1, false]);
  assert.deepEqual(outline(chooseSlot(generation(9), generation(2))), [9, 0, false]);
});

test('one slot that is damaged leaves the other', () => {
  assert.deepEqual(outline(chooseSlot(generation(4), damaged)), [4, 0, false]);
  assert.deepEqual(outline(chooseSlot(damaged, generation(5))), [5, 1, false]);
});

test('nothing is chosen where both are damaged, of one generation, or one of another version', () => {
  const later: Slot = { kind: 'unknown version', version: '2' };
  assert.match(String(outline(chooseSlot(damaged, damaged))), /no intact record/);
  assert.match(String(outline(chooseSlot(generation(4), generation(4)))), /one generation/);
  for (const other of [generation(4), damaged, later]) {
    assert.match(String(outline(chooseSlot(other, later))), /version 2/);
    assert.match(String(outline(chooseSlot(later, other))), /version 2/);
  }
});

test('a clean record beside its neighbour is exact', () => {
  const record = { clean: true, next: 70_001n, reserved: 2n * high, ceiling: 9n * high };
  assert.deepEqual(positionOf(whole(record), progressionOf()), {
    index: 70_000n,
    bound: 2n * high,
    isExact: true,
  });
});

test('a clean stop is exact even if the other slot is lost, since nothing could follow it', () => {
  const record = { clean: true, next: 70_001n, reserved: 2n * high, ceiling: 2n * high };
  assert.deepEqual(positionOf(survivor(record), progressionOf()), {
    index: 70_000n,
    bound: 2n * high,
    isExact: true,
  });
});

test('a clean record that may have lost a successor is not exact', () => {
  const record = { clean: true, next: 70_001n, reserved: 2n * high, ceiling: 9n * high };
  assert.deepEqual(positionOf(survivor(record), progressionOf()), {
    index: 9n * high,
    bound: 9n * high,
    isExact: false,
  });
});

test('after a crash it goes on above what was reserved, and with a slot lost above the ceiling', () => {
  const record = { clean: false, next: 5n, reserved: 2n * high, ceiling: 9n * high };
  assert.equal(positionOf(whole(record), progressionOf()).index, 2n * high);
  assert.equal(positionOf(survivor(record), progressionOf()).index, 9n * high);
  assert.equal(positionOf(whole(record), progressionOf()).isExact, false);
});

test('with another progression a clean record goes on at its first number at or above next', () => {
  const record = { clean: true, next: 70_001n, reserved: 2n * high, ceiling: 2n * high };
  const progression = progressionOf({ instance: 2n, increment: 32767n });
  assert.equal(positionOf(whole(record), progression).index, 3n);
});
