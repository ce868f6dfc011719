import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProgressPaths } from '../../src/progress/file/paths.js';
import { encodeRecord, slotBytes } from '../../src/progress/file/record.js';
import { openSequence } from '../simulation/open-sequence.js';
import { bytesOf, choiceIn, eventsIn, used } from '../support/fixtures/progress-directory.js';
import {
  progressionOf,
  recordOf,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { slotOf } from '../support/fixtures/slot-text.js';
import { openDescriptors } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('open');

/** Fails unless a start is refused, with all bytes as they were, and no lock or descriptor left behind. */
async function assertRefused(confdir: string, paths: ProgressPaths, code: string, message: RegExp) {
  const before = [paths.progress, paths.audit].map(bytesOf);
  const descriptors = openDescriptors();
  await assert.rejects(openSequence(confdir), { name: 'TxnidError', code, message });
  assert.equal(openDescriptors(), descriptors);
  assert.deepEqual([paths.progress, paths.audit].map(bytesOf), before);
  assert.equal(existsSync(paths.lock), false);
  assert.equal(existsSync(paths.unborn), false);
}

const harms: [name: string, harm: (paths: ProgressPaths) => void, message: RegExp][] = [
  ['is empty', ({ progress }) => truncateSync(progress, 0), /is empty/],
  ['was cut to a byte', ({ progress }) => truncateSync(progress, 1), /is truncated/],
  ['was cut in its first slot', ({ progress }) => truncateSync(progress, 700), /is truncated/],
  ['was cut to one slot', ({ progress }) => truncateSync(progress, slotBytes), /is truncated/],
  ['lacks its last byte', ({ progress }) => truncateSync(progress, 8191), /is truncated/],
  ['grew by a byte', ({ progress }) => appendFileSync(progress, '\n'), /is larger than the 8192/],
  [
    'is all zeros',
    ({ progress }) => writeFileSync(progress, Buffer.alloc(8192)),
    /no intact record/,
  ],
  ['is missing', ({ progress }) => rmSync(progress), /is missing, although/],
  [
    'is a directory',
    ({ progress }) => replace(progress, () => mkdirSync(progress)),
    /not a regular/,
  ],
  [
    'is a pipe',
    ({ progress }) => replace(progress, () => execFileSync('mkfifo', [progress])),
    /not a regular/,
  ],
  [
    'is a symbolic link',
    ({ progress }) => {
      renameSync(progress, `${progress}.real`);
      symlinkSync('txnid.dat.real', progress);
    },
    /is a symbolic link/,
  ],
  [
    'is a dangling symbolic link',
    ({ progress }) => replace(progress, () => symlinkSync('nowhere', progress)),
    /is a symbolic link/,
  ],
  ['has a second name', ({ progress }) => linkSync(progress, `${progress}.2`), /has 2 hard links/],
  [
    'is of a later version',
    ({ progress }) => {
      const older = readFileSync(progress).subarray(slotBytes);
      writeFileSync(progress, Buffer.concat([slotOf('all is new', 2), older]));
    },
    /is of version 2/,
  ],
  [
    'holds one generation twice',
    ({ progress }) => {
      const slot = encodeRecord(recordOf({ generation: 9 }));
      writeFileSync(progress, Buffer.concat([slot, slot]));
    },
    /two records of one generation/,
  ],
];

function replace(path: string, make: () => void): void {
  rmSync(path);
  make();
}

for (const [name, harm, message] of harms) {
  test(`a progress file that ${name} is refused and left as it is`, async () => {
    const confdir = newDirectory();
    const paths = await used(confdir);
    harm(paths);
    await assertRefused(confdir, paths, 'state', message);
    await assertRefused(confdir, paths, 'state', message);
  });
}

test('an older copy than the trail knows is refused', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  copyFileSync(paths.progress, `${paths.progress}.backup`);
  await used(confdir);
  copyFileSync(`${paths.progress}.backup`, paths.progress);
  await assertRefused(confdir, paths, 'state', /is an older copy: its generation is/);
});

test('an older copy does not get through by losing a slot', async () => {
  for (const slot of [0, 1]) {
    const confdir = newDirectory();
    const paths = await used(confdir);
    const copy = readFileSync(paths.progress);
    await used(confdir);
    copy.fill('?', slot * slotBytes, (slot + 1) * slotBytes);
    writeFileSync(paths.progress, copy);
    await assertRefused(confdir, paths, 'state', /is an older copy/);
  }
});

for (const state of ['stopped cleanly', 'crashed'] as const) {
  for (const which of ['newer', 'older'] as const) {
    test(`an instance that ${state} survives the loss of its ${which} slot`, async () => {
      const confdir = newDirectory();
      const paths = await used(confdir, { runs: 2 });
      const sequence = await openSequence(confdir);
      const last = sequence.take(100_000).last;
      const asCrashed = readFileSync(paths.progress);
      await sequence.close();
      if (state === 'crashed') writeFileSync(paths.progress, asCrashed);
      // Its 'stopped' event would be of a record that this crash never wrote.
      if (state === 'crashed') dropLastEvent(paths);
      destroy(paths, which);
      const again = await openSequence(confdir);
      // A clean stop leaves its position in both slots.
      const isExact = state === 'stopped cleanly';
      const next = again.next();
      assert.ok(isExact ? next === last + 1n : next > last, `${next} after ${last}`);
      await again.close();
      const expected = isExact ? ['started', 'stopped'] : ['crash found', 'started', 'stopped'];
      assert.deepEqual(eventsIn(paths).slice(-expected.length), expected);
    });
  }
}

function destroy(paths: ProgressPaths, which: 'newer' | 'older'): void {
  const { slot } = choiceIn(paths);
  const start = (which === 'newer' ? slot : 1 - slot) * slotBytes;
  writeFileSync(paths.progress, readFileSync(paths.progress).fill('?', start, start + slotBytes));
}

function dropLastEvent({ audit }: ProgressPaths): void {
  const text = readFileSync(audit, 'utf8');
  truncateSync(audit, text.lastIndexOf('\n', text.length - 2) + 1);
}

test('a progress file whose trail is gone is used, and the trail begun anew', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  rmSync(paths.audit);
  const sequence = await openSequence(confdir);
  assert.equal(sequence.next(), 11n);
  await sequence.close();
  assert.deepEqual(eventsIn(paths), ['truncation found', 'started', 'stopped']);
});

test('a trail that cannot be trusted refuses the start, progress or not', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  appendFileSync(paths.audit, 'garbage\n');
  await assertRefused(confdir, paths, 'state', /audit trail .* is not an event/);
  rmSync(paths.progress);
  await assertRefused(confdir, paths, 'state', /audit trail .* is not an event/);
});

test('a confdir that is missing or no directory is a fault of the settings', async () => {
  const confdir = newDirectory();
  await assert.rejects(openSequence(join(confdir, 'missing')), { code: 'settings' });
  writeFileSync(join(confdir, 'file'), '');
  await assert.rejects(openSequence(join(confdir, 'file')), { code: 'settings' });
});

test('a saved position at the end is refused with nothing written', async () => {
  const confdir = newDirectory();
  const progression = progressionOf({ max: 10n });
  const paths = await used(confdir, { progression });
  const before = [paths.progress, paths.audit].map(bytesOf);
  await assert.rejects(openSequence(confdir, progression), { code: 'sequence-end' });
  assert.deepEqual([paths.progress, paths.audit].map(bytesOf), before);
  assert.equal(existsSync(paths.lock), false);
});
