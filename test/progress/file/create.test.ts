import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createProgressFile } from '../../../src/progress/file/create.js';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { type ProgressPaths, progressPaths } from '../../../src/progress/file/paths.js';
import { encodeRecord } from '../../../src/progress/file/record.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { bytesOf, choiceIn, eventsIn } from '../../support/fixtures/progress-directory.js';
import {
  openStore,
  recordOf,
  system,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';
import { assertNothingLeftOpen, failing, withFs } from '../../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('create');

/** Bytes of a file that was created and never owned. */
function createdBytes(): Buffer {
  const record = recordOf();
  return Buffer.concat([encodeRecord(record), encodeRecord({ ...record, generation: 2 })]);
}

test('a first start makes a progress file and a trail, for its own user only', async () => {
  const paths = progressPaths(newDirectory());
  const store = await openStore(join(paths.progress, '..'));
  assert.equal(statSync(paths.progress).size, 8192);
  assert.equal(statSync(paths.progress).mode & 0o777, 0o600);
  assert.equal(choiceIn(paths).record.generation, 2);
  assert.deepEqual(eventsIn(paths), ['created']);
  assert.equal(existsSync(paths.unborn), false);
  await store.release();
});

const crashes: [name: string, leave: (paths: ProgressPaths) => void][] = [
  ['as soon as it was opened', ({ unborn }) => writeFileSync(unborn, '')],
  ['half written', ({ unborn }) => writeFileSync(unborn, createdBytes().subarray(0, 5000))],
  ['written in part, and longer before', ({ unborn }) => writeFileSync(unborn, 'x'.repeat(9000))],
  ['whole, before it got its name', ({ unborn }) => writeFileSync(unborn, createdBytes())],
  [
    'when it had both its names',
    ({ unborn, progress }) => {
      writeFileSync(unborn, createdBytes());
      linkSync(unborn, progress);
    },
  ],
  ['before the trail was begun', ({ progress }) => writeFileSync(progress, createdBytes())],
  [
    'before the first event was written',
    ({ progress, audit }) => {
      writeFileSync(progress, createdBytes());
      writeFileSync(audit, '');
    },
  ],
  [
    'in the middle of the first event',
    ({ progress, audit }) => {
      writeFileSync(progress, createdBytes());
      writeFileSync(audit, '{"time":"2026-01');
    },
  ],
];

for (const [name, leave] of crashes) {
  test(`a creation that crashed ${name} is finished by the next start`, async () => {
    const confdir = newDirectory();
    const paths = progressPaths(confdir);
    leave(paths);
    const sequence = await openSequence(confdir);
    assert.equal(sequence.next(), 1n);
    await sequence.close();
    assert.equal(existsSync(paths.unborn), false);
    assert.deepEqual(eventsIn(paths), ['created', 'started', 'stopped']);
    const again = await openSequence(confdir);
    assert.equal(again.next(), 2n);
    await again.close();
  });
}

test('a start that crashed between its two first writes burns nothing', async () => {
  const confdir = newDirectory();
  await (await openStore(confdir)).release();
  const paths = progressPaths(confdir);
  const { record } = choiceIn(paths);
  const second = { ...record, generation: 3, ceiling: 1n << 20n };
  const bytes = Buffer.concat([encodeRecord(second), encodeRecord(record)]);
  writeFileSync(paths.progress, bytes);
  const sequence = await openSequence(confdir);
  assert.equal(sequence.next(), 1n);
  await sequence.close();
});

const obstacles: [name: string, what: string, put: (path: string) => void][] = [
  ['a directory', 'it is not a regular file', (path) => mkdirSync(path)],
  ['a pipe', 'it is not a regular file', (path) => execFileSync('mkfifo', [path])],
  ['a dangling symbolic link', 'it is a symbolic link', (path) => symlinkSync('nowhere', path)],
];

for (const [name, what, put] of obstacles) {
  test(`${name} in the place where the file is built refuses the start`, async () => {
    const confdir = newDirectory();
    const paths = progressPaths(confdir);
    put(paths.unborn);
    const remedy = 'move it away; progress files are built under this name';
    const message = `Cannot create ${paths.unborn}: ${what}: ${remedy}`;
    await assert.rejects(openSequence(confdir), { code: 'state', message });
    assert.equal(existsSync(paths.progress), false);
    assert.equal(existsSync(join(confdir, 'nowhere')), false);
  });
}

test('what cannot be built in is refused with nothing left open', () => {
  const paths = progressPaths(newDirectory());
  execFileSync('mkfifo', [paths.unborn]);
  const refusedAs = (code: string) =>
    assertNothingLeftOpen(() =>
      assert.throws(() => createProgressFile(paths, recordOf(), system, realFileSystem), { code }),
    );
  refusedAs('state');
  withFs({ fstatSync: failing('EIO') }, () => refusedAs('save'));
});

test('a link in the place where the file is built is not followed', async () => {
  const confdir = newDirectory();
  const { unborn } = progressPaths(confdir);
  const victim = join(newDirectory(), 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, unborn);
  await assert.rejects(openSequence(confdir), { name: 'TxnidError' });
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
});

test('a creation never replaces a file that got the name first', () => {
  const paths = progressPaths(newDirectory());
  writeFileSync(paths.progress, 'the winner');
  assert.equal(createProgressFile(paths, recordOf(), system, realFileSystem), undefined);
  assert.equal(readFileSync(paths.progress, 'utf8'), 'the winner');
  assert.equal(existsSync(paths.unborn), false, 'and clears its own away');
});

test('a creation under way keeps another one out', () => {
  const paths = progressPaths(newDirectory());
  const other = openSync(paths.unborn, 'w');
  assert.equal(system.flockExclusive(other), true);
  const refused = { name: 'TxnidError', code: 'locked' };
  assert.throws(() => createProgressFile(paths, recordOf(), system, realFileSystem), refused);
  assert.equal(bytesOf(paths.unborn)?.length, 0);
  closeSync(other);
});

test('a file that lost its building name while it waited for the lock is not written', () => {
  const paths = progressPaths(newDirectory());
  let stolen: number | undefined;
  const slow = {
    ...system,
    // The creator that had the lock links the file, takes the building name away and ends.
    flockExclusive: (descriptor: number) => {
      writeFileSync(paths.unborn, 'of the winner');
      linkSync(paths.unborn, paths.progress);
      rmSync(paths.unborn);
      stolen = descriptor;
      return system.flockExclusive(descriptor);
    },
  };
  assert.equal(createProgressFile(paths, recordOf(), slow, realFileSystem), undefined);
  assert.notEqual(stolen, undefined);
  assert.equal(readFileSync(paths.progress, 'utf8'), 'of the winner');
});

test('a trail that exists although the file does not is never taken for a first start', async () => {
  const confdir = newDirectory();
  const sequence = await openSequence(confdir);
  await sequence.close();
  const paths = progressPaths(confdir);
  rmSync(paths.progress);
  writeFileSync(paths.unborn, createdBytes());
  await assert.rejects(openSequence(confdir), { code: 'state', message: /is missing/ });
  truncateSync(paths.audit, 0);
  const begun = await openSequence(confdir);
  assert.equal(begun.next(), 1n, 'an empty trail knows of nothing');
  await begun.close();
});
