import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TxnidError } from '../../../src/errors.js';
import { type ProgressPaths, progressPaths } from '../../../src/progress/file/paths.js';
import type { Owner } from '../../../src/progress/file/record.js';
import { openSequence } from '../../simulation/open-sequence.js';
import {
  ownOwner,
  progressionOf,
  strangeOwner,
  system,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';
import { withProcesses } from '../../support/processes/process-fixture.js';

const newDirectory = temporaryDirectories('lock');
const progression = progressionOf({ increment: 3n });

/** Far more than the lock's refresh interval, on a machine that is busy. */
const noticeMsMax = 20_000;

/** A confdir whose last owner was this one, with a lock directory of this age. */
async function leftBy(owner: Owner, ageSeconds: number): Promise<[string, ProgressPaths]> {
  const confdir = newDirectory();
  const sequence = await openSequence(confdir, progressionOf(), { owner });
  await sequence.close();
  const paths = progressPaths(confdir);
  mkdirSync(paths.lock);
  const at = Date.now() / 1000 - ageSeconds;
  utimesSync(paths.lock, at, at);
  return [confdir, paths];
}

async function assertLocked(confdir: string, message: RegExp): Promise<void> {
  await assert.rejects(openSequence(confdir), { name: 'TxnidError', code: 'locked', message });
}

async function assertOpens(confdir: string): Promise<void> {
  const sequence = await openSequence(confdir);
  await sequence.close();
}

test('while a sequence is open its lock is there to see, and afterwards not', async () => {
  const confdir = newDirectory();
  const sequence = await openSequence(confdir);
  assert.ok(existsSync(progressPaths(confdir).lock));
  await sequence.close();
  assert.equal(existsSync(progressPaths(confdir).lock), false);
});

test('a second open in the same process is locked out, and told by whom', async () => {
  const confdir = newDirectory();
  const sequence = await openSequence(confdir);
  await assertLocked(confdir, new RegExp(`locked by process ${process.pid}`));
  assert.equal(sequence.next(), 1n);
  await sequence.close();
  await assertOpens(confdir);
});

test('the lock that a crash of this host left is taken over at once, be it from the future', async () => {
  const thisBoot = { ...strangeOwner, boot: ownOwner().boot };
  const beforeReboot = { ...ownOwner(), boot: 'the boot before' };
  for (const owner of [ownOwner(), thisBoot, beforeReboot]) {
    for (const ageSeconds of [0, -3600]) await assertOpens((await leftBy(owner, ageSeconds))[0]);
  }
});

test('the lock of another host counts until it is stale', async () => {
  const [confdir, { lock }] = await leftBy(strangeOwner, 5);
  await assertLocked(confdir, /locked by host elsewhere .*ends 10 seconds after/);
  assert.ok(existsSync(lock));
  const [abandoned] = await leftBy(strangeOwner, 15);
  await assertOpens(abandoned);
});

test('of hosts that know neither boot nor machine each waits, be their names the same', async () => {
  const nameless = { ...ownOwner(), boot: '', machine: '' };
  const [confdir] = await leftBy(nameless, 0);
  const opening = openSequence(confdir, progressionOf(), { owner: nameless });
  await assert.rejects(opening, { code: 'locked' });
});

test('a lock from the future is watched, and taken over unless it is refreshed', {
  concurrency: true,
}, async (t) => {
  const open = async (confdir: string) => {
    const warnings: TxnidError[] = [];
    const onWarning = (warning: TxnidError) => warnings.push(warning);
    try {
      await (await openSequence(confdir, progressionOf(), { onWarning })).close();
    } finally {
      assert.match(warnings[0]?.message ?? '', /txnid\.dat\.lock was refreshed later than it is/);
    }
  };
  const taken = t.test('of an owner that is gone', async () => {
    await open((await leftBy(strangeOwner, -3600))[0]);
  });
  const kept = t.test('of an owner whose clock is ahead', async () => {
    const [confdir, { lock }] = await leftBy(strangeOwner, -3600);
    const opening = open(confdir);
    const refreshing = setInterval(() => {
      const at = Date.now() / 1000 + 3600;
      utimesSync(lock, at, at);
    }, 1000);
    await assert.rejects(opening, { code: 'locked', message: /locked by host elsewhere/ });
    clearInterval(refreshing);
    assert.ok(existsSync(lock));
  });
  const removed = t.test('of one that gives it back meanwhile', async () => {
    const [confdir, { lock }] = await leftBy(strangeOwner, -3600);
    const opening = open(confdir);
    rmdirSync(lock);
    await opening;
  });
  await Promise.all([taken, kept, removed]);
});

test('a lock directory that is not empty is left alone', async () => {
  for (const owner of [ownOwner(), strangeOwner]) {
    const [confdir, { lock }] = await leftBy(owner, 15);
    const { mtime } = statSync(lock);
    writeFileSync(join(lock, 'precious'), '');
    utimesSync(lock, mtime, mtime);
    await assertLocked(confdir, /(\(|: )ENOTEMPTY: directory not empty/);
    assert.ok(existsSync(join(lock, 'precious')));
  }
});

test('an unusable file is called unusable, though the lock of a crash is still fresh', async () => {
  const [confdir, { progress, lock }] = await leftBy(strangeOwner, 0);
  truncateSync(progress, 0);
  await assert.rejects(openSequence(confdir), { code: 'state', message: /is empty/ });
  assert.ok(existsSync(lock), 'the lock is not touched for that');
});

test('SIGKILL gives the file free at once, and no number comes again', async () => {
  await withProcesses(1, async ([owner]) => {
    const confdir = newDirectory();
    await owner?.numbers({ kind: 'open', confdir });
    const numbers = (await owner?.numbers({ kind: 'next', count: 1000 })) ?? [];
    await owner?.kill();
    assert.ok(existsSync(progressPaths(confdir).lock), 'the crash has left its lock');
    const sequence = await openSequence(confdir, progression);
    const next = sequence.next();
    assert.ok(next > (numbers.at(-1) ?? 0n) && next % 3n === 1n);
    await sequence.close();
  });
});

test('an owner that is stopped with SIGSTOP keeps everybody out, however old its lock', async () => {
  await withProcesses(1, async ([owner]) => {
    const confdir = newDirectory();
    await owner?.numbers({ kind: 'open', confdir });
    owner?.signal('SIGSTOP');
    const { lock } = progressPaths(confdir);
    const longAgo = Date.now() / 1000 - 3600;
    const { mtimeMs } = statSync(lock);
    utimesSync(lock, longAgo, longAgo);
    await assertLocked(confdir, new RegExp(`locked by process ${owner?.pid}`));
    utimesSync(lock, mtimeMs / 1000, mtimeMs / 1000);
    owner?.signal('SIGCONT');
    assert.deepEqual(await owner?.numbers({ kind: 'next', count: 1 }), [1n]);
    await owner?.numbers({ kind: 'close' });
    const sequence = await openSequence(confdir, progression);
    assert.equal(sequence.next(), 4n);
    await sequence.close();
  });
});

const losses: [name: string, lose: (paths: ProgressPaths) => void][] = [
  ['removed', ({ lock }) => rmdirSync(lock)],
  [
    'taken by somebody else',
    ({ lock }) => {
      rmdirSync(lock);
      mkdirSync(lock);
      utimesSync(lock, 1, 1);
    },
  ],
];

test('a lost lock is noticed, and nothing is written any more', {
  concurrency: true,
}, async (t) => {
  const cases = losses.map(([name, lose]) => t.test(name, () => assertNoticed(lose)));
  await Promise.all(cases);
});

async function assertNoticed(lose: (paths: ProgressPaths) => void): Promise<void> {
  const confdir = newDirectory();
  const lost: TxnidError[] = [];
  const onLost = (error: TxnidError) => lost.push(error);
  const sequence = await openSequence(confdir, progressionOf(), { onLost });
  const paths = progressPaths(confdir);
  sequence.next();
  lose(paths);
  const isThere = existsSync(paths.lock);
  for (let waitedMs = 0; lost.length === 0 && waitedMs < noticeMsMax; waitedMs += 20)
    await sleep(20);
  assert.deepEqual([lost.length, lost[0]?.code], [1, 'lock-lost']);
  const before = [paths.progress, paths.audit].map((path) => readFileSync(path));
  assert.throws(() => sequence.take(1), { code: 'lock-lost' });
  await assert.rejects(sequence.reserveAhead(1_000_000), { code: 'lock-lost' });
  await assert.rejects(sequence.close(), { code: 'lock-lost' });
  assert.deepEqual(
    [paths.progress, paths.audit].map((path) => readFileSync(path)),
    before,
  );
  assert.equal(existsSync(paths.lock), isThere, 'the lock of somebody else is not ours to remove');
  rmSync(paths.lock, { recursive: true, force: true });
  const heir = await openSequence(confdir);
  assert.equal(heir.next(), 65537n, 'the flock is given back all the same');
  await heir.close();
}

test('a second owner that got in all the same is found out before the next write', async () => {
  const confdir = newDirectory();
  const careless = { ...system, flockExclusive: () => true };
  const first = await openSequence(confdir, progressionOf(), { system: careless });
  rmdirSync(progressPaths(confdir).lock);
  const second = await openSequence(confdir, progressionOf(), { system: careless });
  const ours = second.next();
  // All that is reserved, in small claims: large ones leave the last part of it.
  const theirs = Array.from({ length: 65535 }, () => first.next());
  assert.ok(ours > (theirs.at(-1) ?? 0n), 'what is reserved is the first one’s alone');
  assert.throws(() => first.take(100_000), { code: 'lock-lost' });
  assert.equal(second.take(100_000).first, ours + 1n);
  await second.close();
  await assert.rejects(first.close(), { code: 'lock-lost' });
});
