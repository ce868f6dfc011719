import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { check } from 'proper-lockfile';
import { type FileSystem, realFileSystem } from '../../../src/progress/file/file-system.js';
import type { LockKeeper } from '../../../src/progress/file/name-sight.js';
import { HeldLock, removeLock } from '../../../src/progress/lock/held-lock.js';
import { temporaryDirectories } from '../../support/fixtures/progress-fixture.js';

const freshDirectory = temporaryDirectories('held-lock');
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

const keepers: Record<string, LockKeeper | undefined> = {
  'no keeper': undefined,
  'a keeper of a directory': { ...self, form: 'directory', confdir: undefined },
  'a keeper of a file': { ...self, form: 'file', confdir: undefined },
};

/** Where a refresh takes so long, in this thread or in the pool. */
class SlowDisk {
  takesMs = 0;
  here = 0;
  inPool = 0;
  readonly files: FileSystem = {
    ...realFileSystem,
    futimesSync: (...values) => {
      this.here++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.takesMs);
      realFileSystem.futimesSync(...values);
    },
    futimes: async (...values) => {
      this.inPool++;
      await sleep(this.takesMs);
      await realFileSystem.futimes(...values);
    },
  };
}

for (const [name, keeper] of Object.entries(keepers)) {
  const taken = async (files = realFileSystem) => {
    const path = join(freshDirectory(), 'x.lock');
    const held = new HeldLock(files, keeper);
    await promisify(held.mkdir)(path);
    after(() => held.abandon());
    return { path, held, stat: promisify(held.stat), utimes: promisify(held.utimes) };
  };

  test(`${name}: only one can take it, and proper-lockfile sees it`, async () => {
    const { path } = await taken();
    await assert.rejects(promisify(new HeldLock(realFileSystem, keeper).mkdir)(path), {
      code: 'EEXIST',
    });
    assert.equal(await check('x', { realpath: false, lockfilePath: path }), true);
  });

  test(`${name}: it is refreshed`, async () => {
    const { path, stat, utimes } = await taken();
    const time = new Date(1_700_000_000_123);
    await utimes(path, time, time);
    assert.equal(statSync(path).mtime.getTime(), time.getTime());
    assert.equal((await stat(path))?.mtime.getTime(), time.getTime());
  });

  test(`${name}: a removed lock is noticed`, async () => {
    const { path, stat } = await taken();
    rmSync(path, { recursive: true });
    await assert.rejects(stat(path), { code: 'ENOENT' });
  });

  test(`${name}: a replaced lock is noticed, and left to its owner`, async () => {
    const { path, held, stat } = await taken();
    rmSync(path, { recursive: true });
    mkdirSync(path);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    await assert.rejects(stat(path), { code: 'ENOENT' });
    await promisify(held.rmdir)(path);
    assert.equal(statSync(path).mtimeMs, 1_700_000_000_000);
  });

  const ends: [how: string, end: (held: HeldLock, path: string) => Promise<void>][] = [
    ['given back', async (held, path) => await promisify(held.rmdir)(path)],
    ['lost', async (held) => held.abandon()],
  ];
  for (const [how, end] of ends) {
    test(`${name}: once it is ${how}, a successor's lock is left alone`, async () => {
      const { path, held, stat, utimes } = await taken();
      await end(held, path);
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path);
      utimesSync(path, 1_700_000_000, 1_700_000_000);
      await assert.rejects(stat(path), { code: 'ENOENT', message: /given back/ });
      await assert.rejects(utimes(path, new Date(), new Date()), { code: 'ENOENT' });
      await promisify(held.rmdir)(path);
      held.rmdirSync(path);
      assert.equal(statSync(path).mtimeMs, 1_700_000_000_000);
    });
  }

  test(`${name}: a refresh that is under way ends before it is given back`, async () => {
    const slow = new SlowDisk();
    const { path, held, utimes } = await taken(slow.files);
    slow.takesMs = 60;
    await utimes(path, new Date(), new Date());
    const order: string[] = [];
    held.utimes(path, new Date(), new Date(), (error) => order.push(`refreshed: ${error}`));
    await promisify(held.rmdir)(path);
    assert.deepEqual(order, ['refreshed: null']);
    assert.equal(slow.inPool, 1, 'what was slow does not block this thread again');
    assert.equal(await check('x', { realpath: false, lockfilePath: path }), false);
  });

  test(`${name}: it is refreshed in this thread, but for after a slow refresh`, async () => {
    const slow = new SlowDisk();
    const { path, utimes } = await taken(slow.files);
    const refreshIn = async (takesMs: number): Promise<[inPool: number, here: number]> => {
      slow.takesMs = takesMs;
      await utimes(path, new Date(), new Date());
      return [slow.inPool, slow.here];
    };
    assert.deepEqual(await refreshIn(0), [0, 1]);
    assert.deepEqual(await refreshIn(60), [0, 2]);
    assert.deepEqual(await refreshIn(60), [1, 2]);
    assert.deepEqual(await refreshIn(0), [2, 2], 'it is not known yet');
    assert.deepEqual(await refreshIn(0), [2, 3]);
  });

  test(`${name}: after the end nobody waits for it`, async () => {
    const { path, held } = await taken();
    await promisify(held.rmdir)(path);
    assert.equal(await check('x', { realpath: false, lockfilePath: path }), false);
    assert.equal(existsSync(path), keeper !== undefined);
    if (keeper !== undefined) removeLock(path, realFileSystem);
    assert.equal(existsSync(path), false);
  });
}

test('a lock in use that was moved away is noticed where the confdir is in sight', async () => {
  const path = join(freshDirectory(), 'x.lock');
  const held = new HeldLock(realFileSystem, undefined);
  await promisify(held.mkdir)(path);
  renameSync(path, `${path}.away`);
  await assert.rejects(promisify(held.stat)(path), { code: 'ENOENT' });
  held.abandon();
});

test('a lock of another process is looked at and removed by its path', async () => {
  const path = join(freshDirectory(), 'x.lock');
  mkdirSync(path);
  const held = new HeldLock(realFileSystem, { ...self, form: 'directory', confdir: undefined });
  assert.equal((await promisify(held.stat)(path))?.ino, statSync(path).ino);
  await promisify(held.rmdir)(path);
  assert.throws(() => rmdirSync(path), { code: 'ENOENT' });
});
