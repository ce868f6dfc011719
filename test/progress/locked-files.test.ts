import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TxnidError } from '../../src/errors.js';
import { progressPaths } from '../../src/progress/file/paths.js';
import { missing } from '../../src/progress/file/unusable.js';
import { lockFiles } from '../../src/progress/locked-files.js';
import { used } from '../support/fixtures/progress-directory.js';
import {
  openStore,
  progressionOf,
  recordOf,
  storeOptions,
  system,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { openDescriptors } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('locked-files');

test('a first start that another one overtook finds its file, not a missing one', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  renameSync(paths.progress, `${paths.progress}.other`);
  let looks = 0;
  const files = await lockFiles({
    ...storeOptions(confdir),
    firstRecord: () => {
      looks++;
      renameSync(`${paths.progress}.other`, paths.progress);
      throw missing(paths.progress);
    },
  });
  assert.deepEqual([looks, files.isNew], [1, false]);
  await files.release();
});

test('a file that is really missing stays so', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  rmSync(paths.progress);
  const firstRecord = () => {
    throw missing(paths.progress);
  };
  const opening = lockFiles({ ...storeOptions(confdir), firstRecord });
  await assert.rejects(opening, { code: 'state', message: /is missing/ });
  assert.equal(existsSync(paths.progress), false);
});

test('what is judged unusable is refused with both locks free', async () => {
  const confdir = newDirectory();
  const options = { ...storeOptions(confdir), firstRecord: () => recordOf() };
  const judge = () => {
    throw missing('judged');
  };
  await assert.rejects(lockFiles({ ...options, judge }), { message: /judged/ });
  assert.equal(existsSync(progressPaths(confdir).lock), false);
  await (await lockFiles(options)).release();
});

test('a file that is replaced while it is locked is refused', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const flockExclusive = () => {
    renameSync(paths.progress, `${paths.progress}.other`);
    writeFileSync(paths.progress, '');
    return true;
  };
  const options = { ...storeOptions(confdir), system: { ...system, flockExclusive } };
  const opening = lockFiles({ ...options, firstRecord: () => recordOf() });
  await assert.rejects(opening, {
    code: 'state',
    message: /txnid\.dat was replaced just now: put/,
  });
});

const confined = {
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  form: 'directory',
  confdir: undefined,
} as const;

test('a confined owner is told where nobody can watch over the name, and goes on', async () => {
  const confdir = newDirectory();
  await used(confdir);
  const before = openDescriptors();
  const watchName = () => {
    throw new Error('inotify_init1: EMFILE');
  };
  const warnings: TxnidError[] = [];
  const onWarning = (warning: TxnidError) => warnings.push(warning);
  const unwatched = { system: { ...system, watchName }, keeper: confined, onWarning };
  const store = await openStore(confdir, progressionOf(), unwatched);
  const message = /^Cannot watch over the name .*txnid\.dat: inotify_init1: EMFILE: do not move/;
  assert.match(warnings[0]?.message ?? '', message);
  await store.release();
  assert.equal(openDescriptors(), before);
});

test('what was done to the name before the watch began is not missed', async () => {
  const confdir = newDirectory();
  const { progress } = await used(confdir);
  const before = openDescriptors();
  let closed = 0;
  const watchName = () => {
    renameSync(progress, `${progress}.aside`);
    return { isDisturbed: () => false, close: () => closed++ };
  };
  const opening = openStore(confdir, progressionOf(), {
    system: { ...system, watchName },
    keeper: confined,
  });
  await assert.rejects(opening, { code: 'state', message: /was replaced just now/ });
  assert.equal(closed, 1);
  assert.equal(openDescriptors(), before);
});

test('a new file that somebody keeps removing is given up', async () => {
  const confdir = newDirectory();
  const { unborn } = progressPaths(confdir);
  let removals = 0;
  const flockExclusive = () => {
    rmSync(unborn);
    removals++;
    return true;
  };
  const options = { ...storeOptions(confdir), system: { ...system, flockExclusive } };
  const opening = lockFiles({ ...options, firstRecord: () => recordOf() });
  await assert.rejects(opening, {
    code: 'state',
    message: /keeps being removed while it is opened/,
  });
  assert.ok(removals > 1);
});

test('a file system without locks is named as that', async () => {
  const confdir = newDirectory();
  const flockExclusive = () => {
    throw new Error('no locks available (flock: ENOLCK)');
  };
  const options = { ...storeOptions(confdir), system: { ...system, flockExclusive } };
  const opening = lockFiles({ ...options, firstRecord: () => recordOf() });
  const message =
    /^Cannot lock .*: no locks available .*: put the confdir on a file system that has/;
  await assert.rejects(opening, { code: 'locked', message });
});
