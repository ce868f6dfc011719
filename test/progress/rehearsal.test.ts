/**
 * A rehearsed opening is refused as a real one, and changes nothing. What the whole of `txnid check` says is
 * compared with what a start says in test/e2e/check-like-start; here is what that cannot cause.
 */

import assert from 'node:assert/strict';
import fs, {
  appendFileSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TxnidError } from '../../src/errors.js';
import { type ProgressPaths, progressPaths } from '../../src/progress/file/paths.js';
import type { Owner } from '../../src/progress/file/record.js';
import { rehearseOpening } from '../../src/progress/rehearsal.js';
import type { StoreOptions } from '../../src/progress/store.js';
import { openSequence } from '../simulation/open-sequence.js';
import { snapshotOf } from '../support/fixtures/confdirs.js';
import { used } from '../support/fixtures/progress-directory.js';
import {
  openStore,
  ownOwner,
  progressionOf,
  storeOptions,
  strangeOwner,
  system,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { openDescriptors, withFs } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('rehearsal');

type Said = Pick<TxnidError, 'code' | 'message'>;

/** What a rehearsal is refused with; undefined where it is not. Nothing is changed by it, nor left open. */
async function foreseen(
  confdir: string,
  changes: Partial<StoreOptions> = {},
  isBesideOwner = false,
): Promise<Said | undefined> {
  const before = [snapshotOf(confdir), openDescriptors()];
  let said: Said | undefined;
  try {
    await rehearseOpening(storeOptions(confdir, progressionOf(), changes), isBesideOwner);
  } catch (error) {
    const { code, message } = error as TxnidError;
    said = { code, message };
  }
  assert.deepEqual([snapshotOf(confdir), openDescriptors()], before);
  return said;
}

/** What opening says. */
async function refused(confdir: string): Promise<Said> {
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
  assert.equal(await foreseen(empty), undefined);
  assert.deepEqual(fs.readdirSync(empty), []);
  const confdir = newDirectory();
  await used(confdir);
  assert.equal(await foreseen(confdir), undefined);
});

test('a directory in which no file may be made refuses the first start only', async () => {
  const confdir = newDirectory();
  const { unborn } = progressPaths(confdir);
  for (const right of [constants.W_OK, constants.X_OK]) {
    assert.deepEqual(await where('EACCES', right, () => foreseen(confdir)), {
      code: 'privilege',
      message: `Cannot create ${unborn}: EACCES: permission denied, open '${unborn}': give this user the right to write the confdir`,
    });
  }
  assert.deepEqual(await where('EROFS', constants.W_OK, () => foreseen(confdir)), {
    code: 'save',
    message: `Cannot create ${unborn}: EROFS: read-only file system, open '${unborn}': mount the file system for writing (under systemd: ReadWritePaths=), then start again`,
  });
});

test('a missing file that the trail knows of is not one that would be made', async () => {
  const confdir = newDirectory();
  const { progress } = await used(confdir);
  rmSync(progress);
  const said = await where('EACCES', constants.W_OK, () => foreseen(confdir));
  assert.deepEqual(said, await refused(confdir));
  assert.equal(said?.code, 'state');
});

test('a creation that a crash cut off is rehearsed to its end, and left as it is', async () => {
  const confdir = newDirectory();
  const { progress, unborn } = progressPaths(confdir);
  await (await openStore(confdir)).release();
  linkSync(progress, unborn);
  assert.equal(await foreseen(confdir), undefined, 'with both its names');
  assert.equal(statSync(progress).nlink, 2);
});

test('what a trail ends with that never counted is no obstacle, nor cut off', async () => {
  const confdir = newDirectory();
  const { audit } = await used(confdir);
  appendFileSync(audit, '{"time":"2026-01');
  assert.equal(await foreseen(confdir), undefined);
});

test('what stands where the file is built is told as a start tells it, and a leftover is not', async () => {
  const confdir = newDirectory();
  const { unborn } = progressPaths(confdir);
  mkdirSync(unborn);
  assert.deepEqual(await foreseen(confdir), await refused(confdir));
  const crashed = newDirectory();
  writeFileSync(progressPaths(crashed).unborn, 'half');
  assert.equal(await foreseen(crashed), undefined);
});

test('a disk without room for a new file is told: files, or the blocks of what is written', async (t: TestContext) => {
  const confdir = newDirectory();
  const { unborn, progress, audit } = progressPaths(confdir);
  const remedy = 'mend the disk or make room on it, then start again';
  const noFile = {
    code: 'save',
    message: `Cannot create ${unborn}: ENOSPC: no space left on device, open '${unborn}': ${remedy}`,
  };
  const noBlock = {
    code: 'save',
    message: `Cannot create ${progress}: ENOSPC: no space left on device, write: ${remedy}`,
  };
  const noEvent = {
    code: 'save',
    message: `Cannot write the audit trail ${audit}: ENOSPC: no space left on device, write: mend the disk or make room on it, then try again`,
  };
  const at = (room: Room) => withRoom(room, () => foreseen(confdir));
  assert.deepEqual(await at({ ffree: 0 }), noFile);
  assert.deepEqual(await at({ files: 1, ffree: 0 }), noFile);
  assert.equal(await at({ ffree: 1 }), undefined);
  assert.equal(await at({ files: 0, ffree: 0 }), undefined, 'some count no files');
  for (const [uid, mine, others] of [
    [0, 'bfree', 'bavail'],
    [1000, 'bavail', 'bfree'],
    [1, 'bavail', 'bfree'],
  ] as const) {
    const { mock } = t.mock.method(process as Pinned, 'geteuid', () => uid);
    assert.deepEqual(await at({ [mine]: 1 }), noBlock);
    assert.deepEqual(await at({ [mine]: 2 }), noEvent);
    assert.equal(await at({ [mine]: 3 }), undefined, 'just enough');
    assert.equal(await at({ [others]: 0 }), undefined, `${others} is not for user ${uid}`);
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
  assert.deepEqual(await readOnly(progress), {
    code: 'privilege',
    message: `Cannot open ${progress}: EACCES: injected: ${remedy}`,
  });
  assert.deepEqual(await readOnly(audit), {
    code: 'privilege',
    message: `Cannot use the audit trail ${audit}: EACCES: injected: ${remedy}`,
  });
});

test('a lock that would be taken over, or cannot be, is foreseen as a start finds it', async () => {
  const owners = [ownOwner(), strangeOwner];
  for (const owner of owners) {
    const [free, paths] = await usedBy(owner);
    leaveLock(paths, 15);
    assert.equal(await foreseen(free), undefined);
    assert.ok(existsSync(paths.lock));
    writeFileSync(join(paths.lock, 'precious'), '');
    utimesSync(paths.lock, 1, 1);
    assert.deepEqual(await foreseen(free), await refused(free));
    rmSync(paths.lock, { recursive: true });
    writeFileSync(paths.lock, '');
    utimesSync(paths.lock, 1, 1);
    assert.equal(await foreseen(free), undefined, 'a lock may be a file');
  }
  const [held, paths] = await usedBy(strangeOwner);
  leaveLock(paths, 0);
  assert.deepEqual(await foreseen(held), await refused(held));
  assert.equal((await foreseen(held))?.code, 'locked');
  const [crashed, left] = await usedBy(ownOwner());
  leaveLock(left, 0);
  assert.equal(await foreseen(crashed), undefined, 'of this host, be it fresh');
});

test('a lock from the future is watched as a start does, and told of', async () => {
  const [confdir, paths] = await usedBy(strangeOwner);
  leaveLock(paths, 0);
  utimesSync(paths.lock, 9e9, 9e9);
  const said: string[] = [];
  // Its owner refreshes it as soon as it is watched.
  const onWarning = ({ message }: TxnidError) => {
    said.push(message);
    setImmediate(() => utimesSync(paths.lock, 9e9 + 5, 9e9 + 5));
  };
  const options = storeOptions(confdir, progressionOf(), { onWarning });
  await assert.rejects(rehearseOpening(options, false), { code: 'locked' });
  assert.equal(said.length, 1);
});

test('a lock is stale from the same millisecond on as for a start', async (t: TestContext) => {
  const [confdir, { lock }] = await usedBy(strangeOwner);
  mkdirSync(lock);
  utimesSync(lock, 1_700_000_000, 1_700_000_000);
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_010_000 });
  assert.equal((await foreseen(confdir))?.code, 'locked');
  t.mock.timers.setTime(1_700_000_010_001);
  assert.equal(await foreseen(confdir), undefined);
});

test('names that may not be made or removed in the confdir keep a lock from being taken', async () => {
  const deniedTo = (confdir: string) => where('EACCES', constants.W_OK, () => foreseen(confdir));
  const [fresh, { lock, progress }] = await usedBy(ownOwner());
  assert.deepEqual(await deniedTo(fresh), {
    code: 'privilege',
    message: `Cannot lock ${progress}: EACCES: permission denied, mkdir '${lock}': make ${lock} possible to create for this user`,
  });
  for (const owner of [ownOwner(), strangeOwner]) {
    const [confdir, paths] = await usedBy(owner);
    leaveLock(paths, 15);
    const said = (await deniedTo(confdir))?.message ?? '';
    assert.ok(said.includes(`EACCES: permission denied, rmdir '${paths.lock}'`), said);
  }
});

test('beside the one that has the locks, they are no obstacle', async () => {
  const [confdir, paths] = await usedBy(strangeOwner);
  leaveLock(paths, 0);
  assert.equal(await foreseen(confdir, {}, true), undefined);
  const flockHolder = () => 4711;
  const held = { system: { ...system, flockHolder } };
  assert.match((await foreseen(confdir, held))?.message ?? '', /locked by process 4711/);
  assert.equal(await foreseen(confdir, held, true), undefined);
});
