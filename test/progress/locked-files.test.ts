import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TxnidError } from '../../src/errors.js';
import { type FileSystem, realFileSystem } from '../../src/progress/file/file-system.js';
import { progressPaths } from '../../src/progress/file/paths.js';
import { ProgressStore } from '../../src/progress/store.js';
import { used } from '../support/fixtures/progress-directory.js';
import {
  openStore,
  progressionOf,
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
  const files: FileSystem = {
    ...realFileSystem,
    openSync: (path, flags, mode) => {
      // The trail, which is looked at where there is no file.
      if (path === paths.audit && looks++ === 0)
        renameSync(`${paths.progress}.other`, paths.progress);
      return realFileSystem.openSync(path, flags, mode);
    },
  };
  const store = await ProgressStore.prepare({ ...storeOptions(confdir), files });
  assert.ok(store instanceof ProgressStore);
  assert.ok(looks > 0);
  await store.release();
});

test('a file that is really missing stays so', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  rmSync(paths.progress);
  await assert.rejects(openStore(confdir), { code: 'state', message: /is missing/ });
  assert.equal(existsSync(paths.progress), false);
});

test('what is judged unusable is refused with both locks free', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const bytes = readFileSync(paths.progress);
  writeFileSync(paths.progress, bytes.subarray(0, 5000));
  await assert.rejects(openStore(confdir), { code: 'state' });
  assert.equal(existsSync(paths.lock), false);
  writeFileSync(paths.progress, bytes);
  await (await openStore(confdir)).release();
});

test('where there is no instance nothing is made before it is published', async () => {
  const confdir = newDirectory();
  const prepared = await ProgressStore.prepare(storeOptions(confdir));
  assert.ok(!(prepared instanceof ProgressStore));
  assert.deepEqual(readdirSync(confdir), []);
  const other = await openStore(confdir);
  await assert.rejects(prepared.publish(), { code: 'locked', message: /locked by process \d+/ });
  await other.release();
  await assert.rejects(prepared.publish(), { code: 'locked', message: /made it just now/ });
  const found = await ProgressStore.prepare(storeOptions(confdir));
  assert.ok(found instanceof ProgressStore);
  await found.release();
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
  const opening = ProgressStore.open(options);
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

test('a new file that somebody removes meanwhile is given up', async () => {
  const confdir = newDirectory();
  const { unborn } = progressPaths(confdir);
  let removals = 0;
  const flockExclusive = () => {
    rmSync(unborn);
    removals++;
    return true;
  };
  const options = { ...storeOptions(confdir), system: { ...system, flockExclusive } };
  const opening = ProgressStore.open(options);
  await assert.rejects(opening, { code: 'locked', message: /another start made it just now/ });
  assert.equal(removals, 1);
});

test('a file system without locks is named as that', async () => {
  const confdir = newDirectory();
  const flockExclusive = () => {
    throw new Error('no locks available (flock: ENOLCK)');
  };
  const options = { ...storeOptions(confdir), system: { ...system, flockExclusive } };
  const opening = ProgressStore.open(options);
  const message =
    /^Cannot lock \S+txnid\.dat: no locks available .*: put the confdir on a file system that has/;
  await assert.rejects(opening, { code: 'locked', message });
});
