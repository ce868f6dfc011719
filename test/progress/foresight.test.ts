/**
 * What taking the files would be refused with, said beforehand. What the whole of `txnid check` says is
 * compared with what a start says in test/e2e/check-like-start; here is what that cannot cause.
 */

import assert from 'node:assert/strict';
import fs, { constants, existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TxnidError } from '../../src/errors.js';
import { type ProgressPaths, progressPaths } from '../../src/progress/file/paths.js';
import type { Owner } from '../../src/progress/file/record.js';
import { foreseeTaking, foreseeWatch } from '../../src/progress/foresight.js';
import { inspectProgress } from '../../src/progress/inspect.js';
import { openSequence } from '../simulation/open-sequence.js';
import { snapshotOf } from '../support/fixtures/confdirs.js';
import { used } from '../support/fixtures/progress-directory.js';
import {
  ownOwner,
  progressionOf,
  strangeOwner,
  system,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { assertNothingLeftOpen, withFs } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('foresight');

function foresee(confdir: string, self: Owner | undefined = ownOwner()): void {
  foreseeTaking(inspectProgress(confdir, system), { self, system, isAbandoned: false });
}

/** What is foreseen; undefined where nothing is. Nothing is changed by that, nor left open. */
function foreseen(confdir: string, self?: Owner): Pick<TxnidError, 'code' | 'message'> | undefined {
  const before = snapshotOf(confdir);
  let said: TxnidError | undefined;
  assertNothingLeftOpen(() => {
    try {
      foresee(confdir, self);
    } catch (error) {
      said = error as TxnidError;
    }
  });
  assert.deepEqual(snapshotOf(confdir), before);
  return said && { code: said.code, message: said.message };
}

/** What opening says. */
async function refused(confdir: string): Promise<Pick<TxnidError, 'code' | 'message'>> {
  try {
    await (await openSequence(confdir)).close();
  } catch (error) {
    const { code, message } = error as TxnidError;
    return { code, message };
  }
  return assert.fail('it was opened');
}

const errnoOf = (code: 'EACCES' | 'EROFS') => -osConstants.errno[code];

/** Acts where access(2) is refused to who asks for this right. */
function where<Result>(code: 'EACCES' | 'EROFS', right: number, act: () => Result): Result {
  const accessSync = () => (_path: string, mode: number) => {
    if ((mode & right) !== 0) throw Object.assign(new Error(code), { code, errno: errnoOf(code) });
  };
  return withFs({ accessSync }, act);
}

interface Room {
  readonly files?: number;
  readonly ffree?: number;
  readonly bfree?: number;
  readonly bavail?: number;
}

/** Acts on a disk with this much room, in blocks of 4096 bytes. */
function withRoom<Result>(room: Room, act: () => Result): Result {
  const all = { bsize: 4096, files: 100, ffree: 50, bfree: 50, bavail: 50, ...room };
  return withFs({ statfsSync: () => () => all }, act);
}

type Pinned = { geteuid: () => number };

function leaveLock({ lock }: ProgressPaths, ageSeconds: number): void {
  mkdirSync(lock);
  const at = Date.now() / 1000 - ageSeconds;
  utimesSync(lock, at, at);
}

/** A confdir whose last owner was this one. */
async function usedBy(owner: Owner): Promise<[string, ProgressPaths]> {
  const confdir = newDirectory();
  await (await openSequence(confdir, progressionOf(), { owner })).close();
  return [confdir, progressPaths(confdir)];
}

test('where nothing is in the way nothing is foreseen, nothing made and nothing changed', async () => {
  const empty = newDirectory();
  assert.equal(foreseen(empty), undefined);
  assert.deepEqual(fs.readdirSync(empty), []);
  const confdir = newDirectory();
  await used(confdir);
  assert.equal(foreseen(confdir), undefined);
});

test('a directory in which no file may be made refuses the first start only', async () => {
  const confdir = newDirectory();
  const { unborn } = progressPaths(confdir);
  for (const right of [constants.W_OK, constants.X_OK]) {
    assert.deepEqual(
      where('EACCES', right, () => foreseen(confdir)),
      {
        code: 'privilege',
        message: `Cannot create ${unborn}: EACCES: permission denied, open '${unborn}': give this user the right to write the confdir`,
      },
    );
  }
  assert.deepEqual(
    where('EROFS', constants.W_OK, () => foreseen(confdir)),
    {
      code: 'save',
      message: `Cannot create ${unborn}: EROFS: read-only file system, open '${unborn}': mount the file system for writing (under systemd: ReadWritePaths=), then start again`,
    },
  );
});

test('a missing file that the trail knows of is not one that would be made', async () => {
  const confdir = newDirectory();
  const { progress } = await used(confdir);
  rmSync(progress);
  assert.equal(
    where('EACCES', constants.W_OK, () => foreseen(confdir)),
    undefined,
  );
});

test('what stands where the file is built is told as a start tells it, and a leftover is not', async () => {
  const confdir = newDirectory();
  const { unborn } = progressPaths(confdir);
  mkdirSync(unborn);
  assert.deepEqual(foreseen(confdir), await refused(confdir));
  const crashed = newDirectory();
  writeFileSync(progressPaths(crashed).unborn, 'half');
  assert.equal(foreseen(crashed), undefined);
});

test('a disk without room for a new file is told: files, or the blocks of one', (t: TestContext) => {
  const confdir = newDirectory();
  const { unborn, progress } = progressPaths(confdir);
  const remedy = 'mend the disk or make room on it, then start again';
  const noFile = {
    code: 'save',
    message: `Cannot create ${unborn}: ENOSPC: no space left on device, open '${unborn}': ${remedy}`,
  };
  const noBlock = {
    code: 'save',
    message: `Cannot create ${progress}: ENOSPC: no space left on device, write: ${remedy}`,
  };
  const at = (room: Room) => withRoom(room, () => foreseen(confdir));
  assert.deepEqual(at({ ffree: 0 }), noFile);
  assert.deepEqual(at({ files: 1, ffree: 0 }), noFile);
  assert.equal(at({ ffree: 1 }), undefined);
  assert.equal(at({ files: 0, ffree: 0 }), undefined, 'some count no files');
  for (const [uid, mine, others] of [
    [0, 'bfree', 'bavail'],
    [1000, 'bavail', 'bfree'],
    [1, 'bavail', 'bfree'],
  ] as const) {
    const { mock } = t.mock.method(process as Pinned, 'geteuid', () => uid);
    assert.deepEqual(at({ [mine]: 1 }), noBlock);
    assert.equal(at({ [mine]: 2 }), undefined, 'just enough');
    assert.equal(at({ [others]: 0 }), undefined, `${others} is not for user ${uid}`);
    mock.restore();
  }
});

test('files that may be read and not written are told', async () => {
  const confdir = newDirectory();
  const { progress, audit } = await used(confdir);
  const readOnly = (file: string) => {
    const openSync = (real: (...values: unknown[]) => unknown) => (path: string, mode: number) => {
      if (path !== file || (mode & 3) === constants.O_RDONLY) return real(path, mode);
      throw Object.assign(new Error('EACCES: injected'), { code: 'EACCES' });
    };
    return withFs({ openSync }, () => foreseen(confdir));
  };
  const remedy = 'run txnid as the user that owns it';
  assert.deepEqual(readOnly(progress), {
    code: 'privilege',
    message: `Cannot open ${progress}: EACCES: injected: ${remedy}`,
  });
  assert.deepEqual(readOnly(audit), {
    code: 'privilege',
    message: `Cannot use the audit trail ${audit}: EACCES: injected: ${remedy}`,
  });
});

test('a lock that would be taken over, or cannot be, is foreseen as a start finds it', async () => {
  const owners = [ownOwner(), strangeOwner];
  for (const owner of owners) {
    const [free, paths] = await usedBy(owner);
    leaveLock(paths, 15);
    assert.equal(foreseen(free), undefined);
    assert.ok(existsSync(paths.lock));
    writeFileSync(join(paths.lock, 'precious'), '');
    utimesSync(paths.lock, 1, 1);
    assert.deepEqual(foreseen(free), await refused(free));
    rmSync(paths.lock, { recursive: true });
    writeFileSync(paths.lock, '');
    utimesSync(paths.lock, 1, 1);
    assert.equal(foreseen(free), undefined, 'a lock may be a file');
  }
  const [held, paths] = await usedBy(strangeOwner);
  leaveLock(paths, 0);
  assert.deepEqual(foreseen(held), await refused(held));
  assert.equal(foreseen(held)?.code, 'locked');
  const [crashed, left] = await usedBy(ownOwner());
  leaveLock(left, 0);
  assert.equal(foreseen(crashed), undefined, 'of this host, be it fresh');
});

test('a lock from the future is watched as a start does, and its fate foreseen', async () => {
  const [confdir, paths] = await usedBy(strangeOwner);
  const inspection = inspectProgress(confdir, system);
  assert.equal(await foreseeWatch(inspection), false, 'there is none');
  leaveLock(paths, 0);
  assert.equal(await foreseeWatch(inspection), false, 'its age tells all');
  utimesSync(paths.lock, 9e9, 9e9);
  assert.equal(foreseen(confdir)?.code, 'locked');
  const watching = foreseeWatch(inspection);
  utimesSync(paths.lock, 9e9 + 5, 9e9 + 5);
  assert.equal(await watching, false, 'it is refreshed');
  foreseeTaking(inspection, { self: ownOwner(), system, isAbandoned: true });
});

test('a lock is stale from the same millisecond on as for a start', async (t: TestContext) => {
  const [confdir, { lock }] = await usedBy(strangeOwner);
  mkdirSync(lock);
  utimesSync(lock, 1_700_000_000, 1_700_000_000);
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_010_000 });
  assert.equal(foreseen(confdir)?.code, 'locked');
  t.mock.timers.setTime(1_700_000_010_001);
  assert.equal(foreseen(confdir), undefined);
});

test('names that may not be made or removed in the confdir keep a lock from being taken', async () => {
  const deniedTo = (confdir: string) => where('EACCES', constants.W_OK, () => foreseen(confdir));
  const [fresh, { lock, progress }] = await usedBy(ownOwner());
  assert.deepEqual(deniedTo(fresh), {
    code: 'privilege',
    message: `Cannot lock ${progress}: EACCES: permission denied, mkdir '${lock}': make ${lock} possible to create for this user`,
  });
  for (const owner of [ownOwner(), strangeOwner]) {
    const [confdir, paths] = await usedBy(owner);
    leaveLock(paths, 15);
    const said = deniedTo(confdir)?.message ?? '';
    assert.ok(said.includes(`EACCES: permission denied, rmdir '${paths.lock}'`), said);
  }
});

test('beside the one that has the lock, the lock is no obstacle', async () => {
  const [confdir, paths] = await usedBy(strangeOwner);
  leaveLock(paths, 0);
  foreseeTaking(inspectProgress(confdir, system), undefined);
});
