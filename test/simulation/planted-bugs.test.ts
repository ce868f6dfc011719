import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressionOf } from '../support/fixtures/progress-fixture.js';
import { Exploration } from './exploration.js';
import { sequencesUpTo } from './operations.js';
import {
  claimsToBeClean,
  namesBeforeFlush,
  overwritesNewest,
  resumesFromReserved,
  retriesFlush,
  servesBeforeFlush,
  skipsDirectoryFlush,
  skipsFreshReservation,
} from './planted-bugs.js';
import type { Plant } from './simulated-files.js';
import { nothing, usedBefore } from './situations.js';

const other = progressionOf({ instance: 2n, increment: 3n });
const broken = /handed out again|starts at \d+ again|refused: state/;

async function explore(plant: Plant, isSpoiled: boolean): Promise<void> {
  const exploration = new Exploration({
    other,
    sectorBytes: 512,
    cutsMax: 1,
    plant,
  });
  const progression = progressionOf();
  const honest = new Exploration({ other, sectorBytes: 512, cutsMax: 1 });
  const starts = [nothing(progression), ...(await usedBefore(honest, progression))];
  for (const operations of sequencesUpTo(2)) {
    for (const start of starts) {
      if (isSpoiled) await exploration.spoil(start, operations, ['dropped']);
      else await exploration.cut(start, operations);
    }
  }
}

const plants: [name: string, plant: Plant, isSpoiled?: boolean][] = [
  ['goes on from what was reserved, not from the ceiling', resumesFromReserved],
  ['overwrites the newest record', overwritesNewest],
  ['hands out before the flush', servesBeforeFlush],
  ['tries a flush again that failed', retriesFlush, true],
  ['skips the fresh reservation of a start', skipsFreshReservation],
  ['says clean while it serves', claimsToBeClean],
  ['does not flush the directory', skipsDirectoryFlush],
  ['gives the file its name before its content is flushed', namesBeforeFlush],
];

for (const [name, plant, isSpoiled = false] of plants) {
  test(`a program that ${name} is found out`, async () => {
    await assert.rejects(explore(plant, isSpoiled), broken);
  });
}
