/** Giving the visible lock back while proper-lockfile is about to refresh it. */

import assert from 'node:assert/strict';
import { rmSync, statSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { type ProgressPaths, progressPaths } from '../../../src/progress/file/paths.js';
import { takeVisibleLock } from '../../../src/progress/lock/lock.js';
import {
  ownOwner,
  recordOf,
  system,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('lock-release');
const self = ownOwner();
const keepers = {
  'in sight': undefined,
  confined: {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    form: 'directory',
    confdir: undefined,
  },
} as const;

/** Takes the lock, and fails if it is ever said to be lost. */
async function take(
  { progress, lock }: ProgressPaths,
  keeper: (typeof keepers)[keyof typeof keepers],
) {
  return await takeVisibleLock({
    path: progress,
    lockPath: lock,
    self,
    file: '1',
    last: recordOf({ owner: self, file: '1' }),
    system,
    files: realFileSystem,
    keeper,
    nameLoss: () => undefined,
    onWarning: ({ message }) => assert.fail(message),
    onLost: ({ message }) => assert.fail(message),
  });
}

/** Long enough for a refresh to be done. */
async function pause(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
}

for (const [name, keeper] of Object.entries(keepers)) {
  test(`${name}: a refresh under way at the release touches no successor`, async (t: TestContext) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const paths = progressPaths(newDirectory());
    const release = await take(paths, keeper);
    t.mock.timers.tick(5000);
    await release();
    const releaseNext = await take(paths, keeper);
    const { mtimeMs } = statSync(paths.lock);
    await pause();
    assert.equal(statSync(paths.lock).mtimeMs, mtimeMs);
    await releaseNext();
  });

  test(`${name}: what a refresh finds after the release is no loss`, async (t: TestContext) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const paths = progressPaths(newDirectory());
    const release = await take(paths, keeper);
    rmSync(paths.lock, { recursive: true });
    t.mock.timers.tick(5000);
    // Lost before it could be given back: proper-lockfile may tell whoever waits for the release.
    await release().catch(() => undefined);
    await pause();
  });
}
