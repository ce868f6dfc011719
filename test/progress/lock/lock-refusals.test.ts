/** What a start that does not get the locks is told, and whose a lock is taken to be. */

import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { takeFlock } from '../../../src/progress/file/flock.js';
import type { NamedInode } from '../../../src/progress/file/name-sight.js';
import { progressPaths } from '../../../src/progress/file/paths.js';
import type { Owner, ProgressRecord } from '../../../src/progress/file/record.js';
import { removeLock } from '../../../src/progress/lock/held-lock.js';
import {
  type Claim,
  isLeftover,
  refuseLivingOwner,
} from '../../../src/progress/lock/leftover-lock.js';
import { used } from '../../support/fixtures/progress-directory.js';
import {
  openStore,
  recordOf,
  strangeOwner,
  system,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('lock-refusals');

test('who has the flock is told by the host, else by the record, else not at all', () => {
  const path = join(newDirectory(), 'file');
  const descriptor = openSync(path, 'w');
  const { dev, ino } = statSync(path, { bigint: true });
  const isIt = (file: NamedInode) => file.dev === dev && file.ino === ino;
  const refusedBy = (pid: number | undefined, owner: Owner | undefined) => () => {
    const flockHolder = (file: NamedInode) => (isIt(file) ? pid : 1);
    const locks = { flockExclusive: () => false, flockHolder };
    takeFlock(descriptor, path, locks, realFileSystem, () => owner);
  };
  assert.throws(refusedBy(12, strangeOwner), { code: 'locked', message: /locked by process 12:/ });
  assert.throws(refusedBy(undefined, strangeOwner), { message: /locked by process 4711:/ });
  assert.throws(refusedBy(undefined, undefined), { message: /locked by another process:/ });
  closeSync(descriptor);
});

const self = { ...strangeOwner, boot: 'b', machine: 'm', host: 'h', pid: 5 };

/** Whether a lock that was refreshed at 1000 ms is a leftover, to a start in the file 7. */
function isLeft(last: Partial<ProgressRecord>, changes: Partial<Claim> = {}): boolean {
  const claim = { path: 'p', lockPath: 'p.lock', self, file: '7', system, files: realFileSystem };
  return isLeftover({ ...claim, last: recordOf(last), ...changes }, 1000);
}

const booted = (at: number) => ({ system: { ...system, bootedAtMs: () => at } });
const alive = { system: { ...system, isAlive: () => true } };

test('the lock of an owner on this kernel is a leftover where it had this very file', () => {
  const owner = { ...self, pid: 6, machine: 'other', host: 'other' };
  assert.equal(isLeft({ owner, file: '7' }), true, 'its flock would have been seen');
  assert.equal(isLeft({ owner, file: '8' }), false, 'it may have another file still');
  assert.equal(isLeft({ owner }), true, 'of an older version that is gone');
  assert.equal(isLeft({ owner }, alive), false, 'of one that is not');
  assert.equal(isLeft({ owner: self }, alive), true, 'of this very process');
  assert.equal(isLeft({}, { last: undefined }), false, 'nobody knows whose it is');
});

test('so is one from before the last boot of this machine, but no younger one', () => {
  const owner = { ...self, boot: 'before', host: 'other' };
  assert.equal(isLeft({ owner }, booted(1001)), true);
  assert.equal(isLeft({ owner }, booted(1000)), false, 'another machine may have this id too');
  assert.equal(isLeft({ owner: { ...owner, machine: 'other' } }, booted(1001)), false);
});

test('without a boot to go by it is one of this machine and this very file', () => {
  const owner = { ...self, boot: '', pid: 6 };
  assert.equal(isLeft({ owner, file: '7' }, booted(0)), true);
  assert.equal(isLeft({ owner, file: '8' }, booted(0)), false);
  assert.equal(isLeft({ owner }, booted(0)), false, 'of an older version');
  assert.equal(isLeft({ owner: { ...owner, machine: 'other' }, file: '7' }), false);
});

test('host names prove nothing where neither boot nor machine is known', () => {
  const pod = { ...self, machine: '' };
  const claim = { ...booted(1001), self: pod };
  assert.equal(isLeft({ owner: { ...pod, boot: 'other' } }, claim), false, 'pods of one name');
  const nameless = { ...self, boot: '', machine: '' };
  const last = { owner: nameless, file: '7' };
  assert.equal(isLeft(last, { ...claim, self: nameless }), false);
});

test('an owner that runs in a file which had this name before is named', () => {
  const owner = { ...self, pid: 6 };
  const refusing = (last: Partial<ProgressRecord>, changes: Partial<Claim> = alive) => {
    const claim = { path: 'p', lockPath: 'p.lock', self, file: '7', system, files: realFileSystem };
    refuseLivingOwner({ ...claim, last: recordOf({ clean: false, ...last }), ...changes });
  };
  const message = /^Cannot use p: it is locked by process 6, in the file that had this name before/;
  assert.throws(() => refusing({ owner, file: '8' }), { code: 'locked', message });
  refusing({ owner, file: '7' });
  refusing({ owner });
  refusing({ owner, file: '8' }, {});
  refusing({ owner, file: '8', clean: true });
  refusing({ owner: self, file: '8' });
  refusing({}, { ...alive, last: undefined });
});

test('a leftover of this host that cannot be removed is named, with what is in the way', async () => {
  const confdir = newDirectory();
  const { lock } = await used(confdir);
  mkdirSync(lock);
  writeFileSync(join(lock, 'of somebody else'), '');
  assert.throws(() => removeLock(lock, realFileSystem), { code: 'ENOTEMPTY' });
  const message = /leftover that cannot be removed \(ENOTEMPTY.*look at what is in/;
  await assert.rejects(openStore(confdir), { code: 'locked', message });
});

test('the visible lock is there for its owner alone', async () => {
  const confdir = newDirectory();
  const store = await openStore(confdir);
  assert.equal(statSync(progressPaths(confdir).lock).mode & 0o777, 0o700);
  await store.release();
});
