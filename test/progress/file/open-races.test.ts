/** What others do between the steps of an opening. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openProgressFile } from '../../../src/progress/file/open-file.js';
import { progressPaths } from '../../../src/progress/file/paths.js';
import { lockFiles } from '../../../src/progress/locked-files.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { bytesOf, used } from '../../support/fixtures/progress-directory.js';
import {
  openStore,
  ownOwner,
  recordOf,
  system,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';
import {
  assertNothingLeftOpen,
  openDescriptors,
  withFs,
} from '../../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('open-races');

test('a file that was replaced between its opening and its lock is not owned', async () => {
  const paths = await used(newDirectory());
  copyFileSync(paths.progress, `${paths.progress}.other`);
  const replacing: typeof system = {
    ...system,
    flockExclusive: (descriptor) => {
      renameSync(`${paths.progress}.other`, paths.progress);
      return system.flockExclusive(descriptor);
    },
  };
  const message = /was replaced just now/;
  assertNothingLeftOpen(() => {
    assert.throws(() => openProgressFile(paths, replacing), { code: 'state', message });
  });
});

test('a file that is gone at every look and there at every creation is given up after eight', async () => {
  const confdir = newDirectory();
  const paths = progressPaths(confdir);
  writeFileSync(paths.progress, 'somebody else');
  let creations = 0;
  const openSync =
    (real: (...values: unknown[]) => unknown) =>
    (...values: unknown[]) => {
      const isLook = values[0] === paths.progress;
      if (isLook) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return real(...values);
    };
  const firstRecord = () => {
    creations++;
    return recordOf();
  };
  const before = openDescriptors();
  const options = {
    confdir,
    owner: ownOwner(),
    system,
    onLost: () => {},
    onWarning: () => {},
    firstRecord,
  };
  const opening = withFs({ openSync }, () => lockFiles(options));
  await assert.rejects(opening, { code: 'state', message: /keeps being removed/ });
  assert.equal(creations, 8);
  assert.equal(openDescriptors(), before);
  assert.equal(bytesOf(paths.progress)?.toString(), 'somebody else');
});

test('the lock that a crash of the same host left is taken over at once', async () => {
  const confdir = newDirectory();
  const { lock } = await used(confdir);
  mkdirSync(lock);
  const sequence = await openSequence(confdir);
  assert.equal(sequence.next(), 11n);
  await sequence.close();
});

test('an opening that is refused, and a stop, leave nothing open', async () => {
  const confdir = newDirectory();
  await used(confdir);
  const before = openDescriptors();
  const store = await openStore(confdir);
  assert.ok(openDescriptors() > before);
  await store.release();
  assert.equal(openDescriptors(), before);
  const refusing = {
    confdir,
    owner: ownOwner(),
    system,
    onLost: () => {},
    onWarning: () => {},
    firstRecord: () => recordOf(),
    judge: () => assert.fail('refused'),
  };
  await assert.rejects(lockFiles(refusing), /refused/);
  assert.equal(openDescriptors(), before);
});
