/** What others do between the steps of an opening. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { openProgressFile } from '../../../src/progress/file/open-file.js';
import { progressPaths } from '../../../src/progress/file/paths.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { bytesOf, used } from '../../support/fixtures/progress-directory.js';
import {
  openStore,
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
    assert.throws(() => openProgressFile(paths, replacing, realFileSystem), {
      code: 'state',
      message,
    });
  });
});

test('a file that is gone at every look and there at the creation is somebody else’s', async () => {
  const confdir = newDirectory();
  const paths = progressPaths(confdir);
  writeFileSync(paths.progress, 'somebody else');
  const openSync =
    (real: (...values: unknown[]) => unknown) =>
    (...values: unknown[]) => {
      const isLook = values[0] === paths.progress;
      if (isLook) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return real(...values);
    };
  const before = openDescriptors();
  const opening = withFs({ openSync }, () => openStore(confdir));
  await assert.rejects(opening, { code: 'locked', message: /another start made it just now/ });
  assert.equal(openDescriptors(), before);
  assert.equal(bytesOf(paths.progress)?.toString(), 'somebody else');
});

test('one that is gone at every look although the trail knows of it is given up', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  let looks = 0;
  const openSync =
    (real: (...values: unknown[]) => unknown) =>
    (...values: unknown[]) => {
      const isLook = values[0] === paths.progress;
      if (isLook) looks++;
      if (isLook) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return real(...values);
    };
  const before = openDescriptors();
  const opening = withFs({ openSync }, () => openStore(confdir));
  await assert.rejects(opening, { code: 'state', message: /keeps being removed/ });
  assert.equal(looks, 8);
  assert.equal(openDescriptors(), before);
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
  const { progress } = await used(confdir);
  const before = openDescriptors();
  const store = await openStore(confdir);
  assert.ok(openDescriptors() > before);
  await store.release();
  assert.equal(openDescriptors(), before);
  writeFileSync(progress, bytesOf(progress)?.subarray(0, 100) ?? '');
  await assert.rejects(openStore(confdir), { code: 'state' });
  assert.equal(openDescriptors(), before);
});
