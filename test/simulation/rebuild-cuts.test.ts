import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type FileSystem, realFileSystem } from '../../src/progress/file/file-system.js';
import { progressPaths } from '../../src/progress/file/paths.js';
import { encodeRecord, slotBytes } from '../../src/progress/file/record.js';
import { rebuildProgress } from '../../src/progress/rebuild.js';
import {
  ownOwner,
  parametersOf,
  progressionOf,
  recordOf,
  system,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { slotOf } from '../support/fixtures/slot-text.js';
import { Exploration } from './exploration.js';
import { damaged, spoilt } from './situations.js';

const newDirectory = temporaryDirectories('rebuild-cuts');

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

/** What a rebuild writes and flushes. */
async function callsOfRebuild(confdir: string): Promise<string[]> {
  const calls: string[] = [];
  const files: FileSystem = {
    ...realFileSystem,
    fsyncSync: (descriptor) => {
      calls.push('flush');
      realFileSystem.fsyncSync(descriptor);
    },
    writeSync: (...values) => {
      calls.push(`slot ${values[4] / slotBytes}`);
      return realFileSystem.writeSync(...values);
    },
  };
  const parameters = parametersOf(progressionOf());
  await rebuildProgress({
    ...{ confdir, files, system, parameters, owner: ownOwner(), progression: progressionOf() },
    ...{ number: 1n, since: '', keep: () => {}, onLost: () => {}, onWarning: () => {} },
  });
  return calls;
}

test('what was read is flushed first, and the slot that knows most is overwritten last', async () => {
  for (const last of [0, 1]) {
    const confdir = newDirectory();
    const slots = [0, 1].map((slot) =>
      encodeRecord(recordOf({ generation: 5 + slot, next: slot === last ? 9n : 8n })),
    );
    writeFileSync(progressPaths(confdir).progress, Buffer.concat([...slots, Buffer.from('\n')]));
    const calls = await callsOfRebuild(confdir);
    assert.deepEqual(calls, [
      'flush',
      `slot ${1 - last}`,
      'flush',
      `slot ${last}`,
      'flush',
      'flush',
    ]);
  }
});

test('where there is no file it is written once', async () => {
  const calls = await callsOfRebuild(newDirectory());
  assert.equal(calls.filter((call) => call !== 'flush').length, 1);
});
