/** What a start that does not get the locks is told, and whose a lock is taken to be. */

import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeLock } from '../../src/progress/held-lock.js';
import { type FileIdentity, isOfThisHost, takeFlock } from '../../src/progress/lock.js';
import { progressPaths } from '../../src/progress/paths.js';
import type { Owner } from '../../src/progress/record.js';
import { used } from '../support/progress-directory.js';
import { openStore, strangeOwner, temporaryDirectories } from '../support/progress-fixture.js';

const newDirectory = temporaryDirectories('lock-refusals');

test('who has the flock is told by the host, else by the record, else not at all', () => {
  const path = join(newDirectory(), 'file');
  const descriptor = openSync(path, 'w');
  const { dev, ino } = statSync(path, { bigint: true });
  const isIt = (file: FileIdentity) => file.dev === dev && file.ino === ino;
  const refusedBy = (pid: number | undefined, owner: Owner | undefined) => () => {
    const flockHolder = (file: FileIdentity) => (isIt(file) ? pid : 1);
    takeFlock(descriptor, path, { flockExclusive: () => false, flockHolder }, () => owner);
  };
  assert.throws(refusedBy(12, strangeOwner), { code: 'locked', message: /locked by process 12:/ });
  assert.throws(refusedBy(undefined, strangeOwner), { message: /locked by process 4711:/ });
  assert.throws(refusedBy(undefined, undefined), { message: /locked by another process:/ });
  closeSync(descriptor);
});

test('an owner is of this host by its kernel, else by its machine, else by its name', () => {
  const self = { ...strangeOwner, boot: 'b', machine: 'm', host: 'h' };
  const cases: readonly [Partial<Owner>, boolean][] = [
    [{ boot: 'b', machine: 'other', host: 'other' }, true],
    [{ boot: 'other', machine: 'm', host: 'other' }, true],
    [{ boot: 'other', machine: 'other', host: 'h' }, false],
    [{ boot: 'other', machine: '', host: 'h' }, false],
    [{ boot: '', machine: '', host: 'h' }, false],
  ];
  for (const [owner, isOfThis] of cases) {
    assert.equal(isOfThisHost({ ...self, ...owner }, self), isOfThis, JSON.stringify(owner));
  }
  const nameless = { ...self, boot: '', machine: '' };
  assert.equal(isOfThisHost({ ...nameless, host: 'h' }, nameless), true);
  assert.equal(isOfThisHost({ ...nameless, host: 'other' }, nameless), false);
  assert.equal(isOfThisHost({ ...self, boot: 'other' }, nameless), false);
});

test('a leftover of this host that cannot be removed is named, with what is in the way', async () => {
  const confdir = newDirectory();
  const { lock } = await used(confdir);
  mkdirSync(lock);
  writeFileSync(join(lock, 'of somebody else'), '');
  assert.throws(() => removeLock(lock), { code: 'ENOTEMPTY' });
  const message = /leftover that cannot be removed \(ENOTEMPTY.*look at what is in/;
  await assert.rejects(openStore(confdir), { code: 'locked', message });
});

test('the visible lock is there for its owner alone', async () => {
  const confdir = newDirectory();
  const store = await openStore(confdir);
  assert.equal(statSync(progressPaths(confdir).lock).mode & 0o777, 0o700);
  await store.release();
});
