/** An owner whose file loses its name, or shares it, stops; a start on what is there then waits for it. */

import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  openSync as openFile,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TxnidError } from '../../../src/errors.js';
import { progressPaths } from '../../../src/progress/file/paths.js';
import type { Owner } from '../../../src/progress/file/record.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { used } from '../../support/fixtures/progress-directory.js';
import {
  progressionOf,
  system,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';
import { exchanges } from '../../support/processes/exchanged-names.js';
import { withProcesses } from '../../support/processes/process-fixture.js';

const newDirectory = temporaryDirectories('lock-names');

/** Far more than the lock's refresh interval, on a machine that is busy. */
const noticeMsMax = 20_000;

/** More of them than a daemon's tests try. */
const deeds: typeof exchanges = {
  ...exchanges,
  removed: (path) => rmSync(path),
  'moved aside and linked back by a symbolic link': (path) => {
    renameSync(path, `${path}.aside`);
    symlinkSync(`${path}.aside`, path);
  },
};

for (const [what, act] of Object.entries(deeds)) {
  test(`a file that is ${what} under its owner is not written`, async () => {
    const confdir = newDirectory();
    const { progress } = await used(confdir);
    const sequence = await openSequence(confdir);
    const bytes = readFileSync(progress);
    const descriptor = openFile(progress, 'r');
    act(progress);
    assert.throws(() => sequence.take(200_000), { code: 'lock-lost' });
    await assert.rejects(sequence.reserveAhead(200_000), { code: 'lock-lost' });
    await assert.rejects(sequence.close(), { code: 'lock-lost' });
    assert.deepEqual(readFileSync(descriptor), bytes);
    closeSync(descriptor);
  });
}

test('a file that lost its name is noticed though nothing is written', async () => {
  const confdir = newDirectory();
  const { progress } = await used(confdir);
  const lost: TxnidError[] = [];
  const onLost = (error: TxnidError) => lost.push(error);
  const sequence = await openSequence(confdir, progressionOf(), { onLost });
  renameSync(progress, `${progress}.aside`);
  for (let waitedMs = 0; lost.length === 0 && waitedMs < noticeMsMax; waitedMs += 20)
    await sleep(20);
  assert.match(lost[0]?.message ?? '', /was moved away, or another file has its name/);
  assert.throws(() => sequence.take(1), { code: 'lock-lost' });
  await assert.rejects(sequence.close(), { code: 'lock-lost' });
});

test('a start on the copy of a file that is in use is refused, and leaves the lock alone', async () => {
  await withProcesses(1, async ([owner]) => {
    const confdir = newDirectory();
    await owner?.numbers({ kind: 'open', confdir });
    const { progress, lock } = progressPaths(confdir);
    const bytes = readFileSync(progress);
    renameSync(progress, `${progress}.aside`);
    writeFileSync(progress, bytes);
    const unseen = { code: 'locked', message: /locked by host/ };
    await assert.rejects(openSequence(confdir), unseen);
    const isAlive = ({ pid }: Owner) => pid === owner?.pid;
    const opening = openSequence(confdir, progressionOf(), { system: { ...system, isAlive } });
    const message = new RegExp(`locked by process ${owner?.pid}, in the file that had this name`);
    await assert.rejects(opening, { code: 'locked', message });
    assert.ok(existsSync(lock));
  });
});
