import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { realFileSystem } from '../../src/progress/file/file-system.js';
import { type ProgressPaths, progressPaths } from '../../src/progress/file/paths.js';
import { decodeSlot, encodeRecord, slotBytes } from '../../src/progress/file/record.js';
import { type RebuildOptions, rebuildProgress } from '../../src/progress/rebuild.js';
import { rebuiltGenerations } from '../../src/progress/trail/knowledge.js';
import { readTrailEnd } from '../../src/progress/trail/open-trail.js';
import { openSequence } from '../simulation/open-sequence.js';
import { bytesOf, choiceIn, eventsIn, used } from '../support/fixtures/progress-directory.js';
import {
  openStore,
  ownOwner,
  parametersOf,
  progressionOf,
  recordOf,
  system,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { slotOf } from '../support/fixtures/slot-text.js';

const newDirectory = temporaryDirectories('rebuild');
const progression = progressionOf({ instance: 2n, increment: 3n });

/** A confdir whose trail says that everything handed out is below the bound. */
async function usedDirectory(): Promise<[string, ProgressPaths, bound: bigint]> {
  const confdir = newDirectory();
  const paths = await used(confdir, { progression, count: 30_000 });
  return [confdir, paths, choiceIn(paths).record.reserved];
}

async function rebuild(
  confdir: string,
  number: bigint,
  keep: RebuildOptions['keep'] = () => {},
): Promise<bigint> {
  return await rebuildProgress({
    confdir,
    owner: ownOwner(),
    system,
    files: realFileSystem,
    onLost: () => {},
    onWarning: () => {},
    progression,
    parameters: parametersOf(progression),
    number,
    keep,
    since: '2026-01-02T03:04:05.678Z',
  });
}

async function nextOf(confdir: string): Promise<bigint> {
  const sequence = await openSequence(confdir, progression);
  const next = sequence.next();
  await sequence.close();
  return next;
}

const losses: [name: string, lose: (paths: ProgressPaths) => void][] = [
  ['missing', ({ progress }) => rmSync(progress)],
  ['empty', ({ progress }) => truncateSync(progress, 0)],
  ['truncated', ({ progress }) => truncateSync(progress, slotBytes)],
  ['larger', ({ progress }) => writeFileSync(progress, Buffer.alloc(20_000))],
  ['damaged', ({ progress }) => writeFileSync(progress, Buffer.alloc(2 * slotBytes, '?'))],
];

for (const [name, lose] of losses) {
  test(`a file that is ${name} is rebuilt at or above all that the trail knows`, async () => {
    const [confdir, paths, bound] = await usedDirectory();
    lose(paths);
    await assert.rejects(openSequence(confdir, progression), { code: 'state' });
    assert.equal(await rebuild(confdir, 5n), bound);
    const next = await nextOf(confdir);
    assert.ok(next >= bound && next < bound + 3n && next % 3n === 2n, String(next));
    assert.equal(existsSync(paths.lock), false);
    assert.deepEqual(eventsIn(paths).slice(-2), ['started', 'stopped']);
  });

  test(`a file that is ${name} is rebuilt at the number that an operator vouches for`, async () => {
    const [confdir, paths] = await usedDirectory();
    lose(paths);
    await rebuild(confdir, 10n ** 18n);
    assert.equal(await nextOf(confdir), 10n ** 18n + 1n, 'the first of the progression above it');
  });
}

test('a rebuilt file is whole at once: either slot may be lost', async () => {
  for (const slot of [0, 1]) {
    const [confdir, paths] = await usedDirectory();
    rmSync(paths.progress);
    await rebuild(confdir, 10n ** 9n);
    const bytes = readFileSync(paths.progress).fill('?', slot * slotBytes, (slot + 1) * slotBytes);
    writeFileSync(paths.progress, bytes);
    assert.equal(await nextOf(confdir), 10n ** 9n + 1n);
  }
});

test('a rebuilt file says that everything handed out is below what it reserved', async () => {
  for (const number of [0n, 5n, 65536n, 65537n, 900_000_000n, 2n ** 64n - 2n]) {
    const [confdir, paths] = await usedDirectory();
    writeFileSync(paths.progress, Buffer.alloc(2 * slotBytes));
    await rebuild(confdir, number);
    const { record, isNeighbourIntact } = choiceIn(paths);
    const { next, reserved, ceiling, clean } = record;
    assert.ok(reserved >= next && reserved < next + 65536n, `${next}, below ${reserved}`);
    assert.deepEqual([reserved % 65536n, ceiling, clean], [0n, reserved, true]);
    assert.ok(isNeighbourIntact);
  }
});

const spoilings: [name: string, spoil: (bytes: Buffer) => Buffer, mark: 'reserved' | 'ceiling'][] =
  [
    [
      'of two intact records and a byte more',
      (bytes) => Buffer.concat([bytes, Buffer.from('\n')]),
      'reserved',
    ],
    ['cut behind an intact record', (bytes) => bytes.subarray(0, slotBytes), 'ceiling'],
    ['cut within its second record', (bytes) => bytes.subarray(0, 2 * slotBytes - 1), 'ceiling'],
    [
      'with a record of another version',
      (bytes) => Buffer.concat([bytes.subarray(0, slotBytes), slotOf('', 2)]),
      'ceiling',
    ],
  ];

for (const [name, spoil, mark] of spoilings) {
  test(`a file ${name} is rebuilt at or above all that it knows`, async () => {
    const confdir = newDirectory();
    const { progress, lock } = await used(confdir, { progression });
    const crashed = { reserved: 90n * 65536n, ceiling: 99n * 65536n, clean: false };
    const first = recordOf({ generation: 50, ...crashed });
    const bytes = Buffer.concat([encodeRecord(first), encodeRecord({ ...first, generation: 51 })]);
    writeFileSync(progress, spoil(bytes));
    // Of the owner that crashed: the intact record says that it was of this host.
    mkdirSync(lock);
    await assert.rejects(openSequence(confdir, progression), { code: 'state' });
    assert.equal(await rebuild(confdir, 5n), crashed[mark]);
    const next = await nextOf(confdir);
    assert.ok(next >= crashed[mark] && next < crashed[mark] + 3n, String(next));
  });
}

test('parameters that the trail or the old file knows are not replaced unasked', async () => {
  const keep = () => assert.fail('they differ');
  for (const lose of [
    ({ audit, progress }: ProgressPaths) => {
      rmSync(audit);
      writeFileSync(progress, '\n', { flag: 'a' });
    },
    ({ progress }: ProgressPaths) => truncateSync(progress, 0),
    ({ progress }: ProgressPaths) => rmSync(progress),
  ]) {
    const [confdir, paths] = await usedDirectory();
    lose(paths);
    const before = bytesOf(paths.progress);
    await assert.rejects(rebuild(confdir, 5n, keep), /they differ/);
    assert.deepEqual(bytesOf(paths.progress), before);
    assert.equal(existsSync(paths.lock), false);
  }
  const confdir = newDirectory();
  await rebuild(confdir, 5n, keep);
});

test('an older copy counts for what it knows, and the trail for the rest', async () => {
  const [confdir, paths, bound] = await usedDirectory();
  const { record } = choiceIn(paths);
  const ceiling = bound + 9n * 65536n;
  const older = recordOf({ ...record, generation: 1, ceiling, clean: false });
  writeFileSync(
    paths.progress,
    Buffer.concat([encodeRecord(older), encodeRecord({ ...older, generation: 2 })]),
  );
  assert.equal(await rebuild(confdir, 0n), ceiling);
  assert.ok((await nextOf(confdir)) >= ceiling);
  assert.ok(choiceIn(paths).record.generation > record.generation);
});

test('what an advance has promised counts, although nothing was reserved since', async () => {
  const [confdir, paths] = await usedDirectory();
  const store = await openStore(confdir, progression);
  const index = 10n ** 12n;
  const parameters = parametersOf(progression);
  await store.decide({ event: 'advanced', progression, index, parameters, changes: [] });
  await store.release();
  rmSync(paths.progress);
  const advanced = 2n + 3n * index;
  assert.equal(await rebuild(confdir, 5n), advanced);
  assert.equal(await nextOf(confdir), advanced);
});

test('a rebuilt file is far newer than all that the trail knows', async () => {
  const [confdir, paths] = await usedDirectory();
  // The record was saved once more after the event, for the trail's new head.
  const generation = readTrailEnd(paths.audit, realFileSystem).last?.generation ?? 0;
  const empty = newDirectory();
  for (const [directory, first] of [
    [confdir, generation + rebuiltGenerations],
    [empty, rebuiltGenerations],
  ] as const) {
    const { progress } = progressPaths(directory);
    writeFileSync(progress, '');
    await rebuild(directory, 5n);
    const bytes = readFileSync(progress);
    const slots = [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)].map(decodeSlot);
    const generations = slots.map((slot) => slot.kind === 'record' && slot.record.generation);
    assert.deepEqual(generations, [first, first + 1]);
  }
});

test('with neither file nor trail the rebuilt file begins where the operator says', async () => {
  const confdir = newDirectory();
  assert.equal(await rebuild(confdir, 1000n), 0n);
  assert.equal(await nextOf(confdir), 1001n);
  assert.equal(choiceIn(progressPaths(confdir)).record.parameters.increment, 3);
});

test('a rebuild beyond max leaves a sequence that says it is at its end', async () => {
  const confdir = newDirectory();
  await rebuild(confdir, 10n ** 9n);
  const shorter = { ...progression, max: 10n ** 9n };
  await assert.rejects(openSequence(confdir, shorter), { code: 'sequence-end' });
});

test('a rebuild is kept out while the file has an owner, and changes nothing', async () => {
  const confdir = newDirectory();
  const sequence = await openSequence(confdir, progression);
  const { progress } = progressPaths(confdir);
  const before = readFileSync(progress);
  await assert.rejects(rebuild(confdir, 5n), { code: 'locked' });
  assert.deepEqual(readFileSync(progress), before);
  assert.equal(sequence.next(), 2n);
  await sequence.close();
});

test('generations that are used up by rebuilds are refused, with the files as they were', async () => {
  const [confdir, paths] = await usedDirectory();
  const generation = Number.MAX_SAFE_INTEGER - rebuiltGenerations;
  writeFileSync(paths.progress, encodeRecord(recordOf({ generation })));
  const message = /^Cannot make the progress file anew: its generation would be \d+: begin another/;
  await assert.rejects(rebuild(confdir, 5n), { code: 'state', message });
  assert.equal(readFileSync(paths.progress).length, slotBytes);
});

test('the file that was lost is refused when it is put back, and what was handed out since stays', async () => {
  const confdir = newDirectory();
  const paths = progressPaths(confdir);
  const lost = await openSequence(confdir, progression);
  for (let turn = 0; turn < 300; turn++) lost.take(10_000);
  const old = readFileSync(paths.progress);
  const number = lost.next();
  await lost.close();
  const trail = readFileSync(paths.audit);
  // As after SIGKILL: what its stop told is not there.
  const upToStart = trail.subarray(0, trail.subarray(0, -1).lastIndexOf(10) + 1);
  writeFileSync(paths.audit, upToStart);
  rmSync(paths.progress);
  await rebuild(confdir, number + 1n);
  const heir = await openSequence(confdir, progression);
  heir.take(1_000_000);
  await heir.close();
  writeFileSync(paths.progress, old);
  const refused = { code: 'state', message: /txnid\.dat is an older copy/ };
  await assert.rejects(openSequence(confdir, progression), refused);
});
