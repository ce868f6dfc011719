/** Faults of the real disk and of the visible lock that cannot be had without help. */

import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { DescriptorDisk } from '../../../src/progress/file/disk.js';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { takeFlock } from '../../../src/progress/file/flock.js';
import { openExisting, openProgressFile } from '../../../src/progress/file/open-file.js';
import { progressPaths } from '../../../src/progress/file/paths.js';
import { HeldLock } from '../../../src/progress/lock/held-lock.js';
import { takeVisibleLock } from '../../../src/progress/lock/lock.js';
import { used } from '../../support/fixtures/progress-directory.js';
import { ownOwner, system, temporaryDirectories } from '../../support/fixtures/progress-fixture.js';
import {
  assertNothingLeftOpen,
  failing,
  openDescriptors,
  withFs,
} from '../../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('disk-faults');

const held = { flockExclusive: () => false, flockHolder: () => undefined };

function newFile(): string {
  const path = join(newDirectory(), 'file');
  writeFileSync(path, '');
  return path;
}

test('a flush reaches the kernel: on a descriptor that is closed it fails', async () => {
  const descriptor = openSync(newFile(), 'r+');
  const disk = new DescriptorDisk(realFileSystem, descriptor);
  disk.flushSync();
  await disk.flush();
  closeSync(descriptor);
  assert.throws(() => disk.flushSync(), { code: 'EBADF' });
  await assert.rejects(disk.flush(), { code: 'EBADF' });
});

test('a write that stops half way is a failed one', () => {
  const descriptor = openSync(newFile(), 'r+');
  const write = () => new DescriptorDisk(realFileSystem, descriptor).writeSync(0, Buffer.alloc(9));
  const message = /only 4 of 9 bytes were written/;
  assert.throws(() => withFs({ writeSync: () => () => 4 }, write), { message });
  closeSync(descriptor);
});

test('a progress file that cannot be opened for a fault of the disk is a matter of saving', async () => {
  const paths = await used(newDirectory());
  const open = () => openProgressFile(paths, system, realFileSystem);
  const message = /^Cannot open [^:]*: EIO: injected: mend the disk, then start again/;
  assert.throws(() => withFs({ openSync: failing('EIO') }, open), { code: 'save', message });
  const denied = { code: 'privilege', message: /run txnid as the user that owns it/ };
  assert.throws(() => withFs({ openSync: failing('EACCES') }, open), denied);
  assert.throws(() => withFs({ openSync: failing('EPERM') }, open), denied);
});

test('who holds a file whose record cannot be read is not known, but that it is held is', () => {
  const paths = progressPaths(newDirectory());
  writeFileSync(paths.progress, 'no record');
  assertNothingLeftOpen(() => {
    const message = /locked by another process/;
    assert.throws(() => openProgressFile(paths, held, realFileSystem), { code: 'locked', message });
  });
});

test('where the host cannot tell who holds the file, the owner in its record is named', async () => {
  const paths = await used(newDirectory());
  const message = new RegExp(`locked by process ${process.pid}:`);
  assert.throws(() => openProgressFile(paths, held, realFileSystem), { code: 'locked', message });
});

test('a directory in the place of the progress file is refused, and not left open', () => {
  const paths = progressPaths(newDirectory());
  mkdirSync(paths.progress);
  assertNothingLeftOpen(() => {
    assert.throws(() => openExisting(paths.progress, constants.O_RDONLY, realFileSystem), {
      code: 'state',
    });
  });
});

test('a file system without locks is refused, and says what to do', () => {
  const path = newFile();
  const descriptor = openSync(path, 'r+');
  const flockExclusive = () => {
    throw new Error('flock: Function not implemented');
  };
  const take = () =>
    takeFlock(descriptor, path, { ...system, flockExclusive }, realFileSystem, () => undefined);
  const message = /: flock: Function not implemented: put the confdir on a file system that has/;
  assert.throws(take, { code: 'locked', message });
  closeSync(descriptor);
});

test('where a full disk has no room for a lock directory, an empty file is the lock', async () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const path = join(newDirectory(), 'x.lock');
    const lock = new HeldLock(realFileSystem, undefined);
    await withFs({ mkdirSync: failing(code) }, () => promisify(lock.mkdir)(path));
    assert.ok(lstatSync(path).isFile());
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    lock.abandon();
  }
  const denied = join(newDirectory(), 'x.lock');
  const taking = withFs({ mkdirSync: failing('EACCES') }, () =>
    promisify(new HeldLock(realFileSystem, undefined).mkdir)(denied),
  );
  await assert.rejects(taking, { code: 'EACCES' });
});

test('a lock that is not held is not refreshed: it would count as taken', async () => {
  const path = join(newDirectory(), 'x.lock');
  mkdirSync(path);
  const { mtimeMs } = statSync(path);
  const held = new HeldLock(realFileSystem, undefined);
  await assert.rejects(promisify(held.utimes)(path, new Date(0), new Date(0)), { code: 'ENOENT' });
  assert.equal(statSync(path).mtimeMs, mtimeMs);
  rmdirSync(path);
  await assert.rejects(promisify(held.stat)(path), { code: 'ENOENT' });
});

test('a look at a held lock that fails is told as it failed: it is no loss yet', async () => {
  const path = join(newDirectory(), 'x.lock');
  const lock = new HeldLock(realFileSystem, undefined);
  await promisify(lock.mkdir)(path);
  await assert.rejects(promisify(lock.stat)(path + 'x'.repeat(300)), { code: 'ENAMETOOLONG' });
  const before = openDescriptors();
  lock.abandon();
  lock.abandon();
  assert.equal(openDescriptors(), before - 1, 'it is closed, once');
});

const refusals = [
  ['EACCES', 'privilege'],
  ['EPERM', 'privilege'],
  ['ENOSPC', 'save'],
  ['EROFS', 'save'],
  ['EIO', 'save'],
  ['ENOENT', 'locked'],
] as const;

test('a lock that cannot be put up is refused by the reason why', async () => {
  for (const [code, kind] of refusals) {
    const { progress, lock } = progressPaths(newDirectory());
    const options = {
      path: progress,
      lockPath: lock,
      self: ownOwner(),
      file: '1',
      last: undefined,
      system,
      files: realFileSystem,
      keeper: undefined,
      nameLoss: () => undefined,
      onWarning: () => {},
      onLost: () => {},
    };
    const refused = { mkdirSync: failing(code), openSync: failing(code) };
    const message = new RegExp(`^Cannot lock .*: ${code}: injected: make .* possible to create`);
    await assert.rejects(
      withFs(refused, () => takeVisibleLock(options)),
      { code: kind, message },
    );
    mkdirSync(lock);
    const unknown = /Cannot lock|an unknown process/;
    await assert.rejects(takeVisibleLock(options), { code: 'locked', message: unknown });
  }
});
