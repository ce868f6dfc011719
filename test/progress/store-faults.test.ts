/** What goes wrong between a store and its trail, and around a stop. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type FileSystem, realFileSystem } from '../../src/progress/file/file-system.js';
import { type ProgressPaths, progressPaths } from '../../src/progress/file/paths.js';
import { encodeRecord } from '../../src/progress/file/record.js';
import { Sequence } from '../../src/progress/sequence.js';
import { decodeEvent } from '../../src/progress/trail/event.js';
import { readTrailEnd } from '../../src/progress/trail/open-trail.js';
import { openSequence, simulateSequence } from '../simulation/open-sequence.js';
import { SimulatedDisk } from '../simulation/simulated-disk.js';
import { bytesOf, choiceIn, eventsIn, used } from '../support/fixtures/progress-directory.js';
import {
  openStore,
  ownOwner,
  parametersOf,
  progressionOf,
  recordOf,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { openDescriptors } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('store-faults');
const progression = progressionOf();
const parameters = parametersOf(progression);

test('a creation that cannot be told gives everything back, and the next start tells it', async () => {
  const confdir = newDirectory();
  const { audit, lock } = progressPaths(confdir);
  const before = openDescriptors();
  // Called when the trail has been looked for, and before the first event is told.
  const wallClock = () => {
    if (!existsSync(audit) && existsSync(lock)) mkdirSync(audit);
    return new Date();
  };
  await assert.rejects(openStore(confdir, progression, { wallClock }), { code: 'save' });
  assert.equal(openDescriptors(), before);
  assert.equal(existsSync(lock), false);
});

/** As if the last owner had been killed. */
async function crashedDirectory(): Promise<[string, ProgressPaths]> {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const { record } = choiceIn(paths);
  const crashed = [1, 2].map((step) =>
    encodeRecord({ ...record, clean: false, generation: record.generation + step }),
  );
  writeFileSync(paths.progress, Buffer.concat(crashed));
  return [confdir, paths];
}

test('a start after a crash tells from which number to which it went on', async () => {
  const [confdir, paths] = await crashedDirectory();
  const sequence = await openSequence(confdir);
  assert.deepEqual(eventsIn(paths).slice(-2), ['crash found', 'started']);
  const line = readFileSync(paths.audit, 'utf8').split('\n').at(-3) ?? '';
  const changes = [{ name: 'next', from: '11', to: String(sequence.position) }];
  assert.deepEqual(decodeEvent(line)?.changes, changes);
  await sequence.close();
});

test('a decision after a crash is told after the crash', async () => {
  const [confdir, paths] = await crashedDirectory();
  const store = await openStore(confdir);
  await store.decide({ event: 'advanced', progression, index: 10n ** 6n, parameters, changes: [] });
  await store.release();
  assert.deepEqual(eventsIn(paths).slice(-2), ['crash found', 'advanced']);
});

test('a decision after a clean stop tells of no crash', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const store = await openStore(confdir);
  await store.decide({ event: 'advanced', progression, index: 10n ** 6n, parameters, changes: [] });
  await store.release();
  assert.deepEqual(eventsIn(paths).slice(-2), ['stopped', 'advanced']);
});

test('before it goes to its jail a store has a trail to write to', async () => {
  const confdir = newDirectory();
  const { progress, audit } = await used(confdir);
  rmSync(audit);
  // Of an older version, which did not know of the trail's head: nothing has to be told of its loss.
  const slots = [4, 5].map((generation) => encodeRecord(recordOf({ parameters, generation })));
  writeFileSync(progress, Buffer.concat(slots));
  const time = new Date(1_700_000_000_000);
  const store = await openStore(confdir, progression, { wallClock: () => time });
  assert.equal(existsSync(audit), false);
  store.readyForJail();
  assert.ok(existsSync(audit));
  assert.equal(store.since, time.toISOString());
  await store.release();
});

test('a sequence that never began leaves everything as it was', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const before = [bytesOf(paths.progress), bytesOf(paths.audit)];
  const sequence = new Sequence(await openStore(confdir), progression, parameters);
  await sequence.close();
  assert.deepEqual([bytesOf(paths.progress), bytesOf(paths.audit)], before);
  assert.equal(sequence.counter.isRunning(), false);
});

test('it reserves ahead again and again, up to the last number', async () => {
  const disk = SimulatedDisk.created(recordOf({ parameters }));
  const sequence = await simulateSequence(disk, progression);
  for (let turn = 0; turn < 3; turn++) {
    const limit = sequence.counter.limit();
    sequence.counter.claimUpTo(limit - sequence.counter.cursor());
    await sequence.reserveAhead();
    assert.ok(sequence.counter.limit() > limit);
  }
  const short = progressionOf({ max: 10n });
  const ending = await simulateSequence(SimulatedDisk.created(recordOf()), short);
  ending.take(9);
  await ending.reserveAhead();
  ending.take(1);
  await assert.rejects(ending.reserveAhead(), { code: 'sequence-end' });
});

test('a last number that lies beyond what was reserved is handed out too', async () => {
  const short = progressionOf({ max: 65_536n });
  const sequence = await simulateSequence(SimulatedDisk.created(recordOf()), short);
  for (let number = 1n; number <= 65_536n; number++) assert.equal(sequence.next(), number);
  assert.throws(() => sequence.next(), { code: 'sequence-end' });
});

test('a stop waits for the reservation under way, whatever becomes of it', async () => {
  for (const isFailing of [false, true]) {
    const disk = SimulatedDisk.created(recordOf({ parameters }));
    const sequence = await simulateSequence(disk, progression);
    const ahead = sequence.reserveAhead(1_000_000);
    if (isFailing) disk.fail('write', 'refused');
    const outcomes = await Promise.allSettled([ahead, sequence.close()]);
    const expected = isFailing ? 'rejected' : 'fulfilled';
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      [expected, expected],
    );
  }
});

test('a stop whose second save fails says which of the two it was, and burnt nothing', async () => {
  const confdir = newDirectory();
  await used(confdir);
  let writesLeft = Number.POSITIVE_INFINITY;
  const files: FileSystem = {
    ...realFileSystem,
    write: async (...call) => {
      if (writesLeft-- <= 0) throw new Error('EIO: injected');
      return await realFileSystem.write(...call);
    },
  };
  const sequence = await openSequence(confdir, progression, { files });
  assert.equal(sequence.next(), 11n);
  writesLeft = 1;
  const message =
    /^The exact position is saved, but not where the audit trail ends: Cannot save progress to .*EIO/;
  await assert.rejects(sequence.close(), { code: 'save', message });
  const heir = await openSequence(confdir);
  assert.equal(heir.next(), 12n);
  await heir.close();
});

test('a clock that says less than the trail’s last event is told of', async () => {
  const confdir = newDirectory();
  const { audit } = await used(confdir);
  const last = Date.parse(readTrailEnd(audit, realFileSystem).last?.time ?? '');
  const warnings: string[] = [];
  const at = (milliseconds: number) =>
    openStore(confdir, progression, {
      owner: { ...ownOwner(), pid: process.pid + 1 },
      wallClock: () => new Date(last + milliseconds),
      onWarning: ({ message }) => warnings.push(message),
    });
  await (await at(-900)).release();
  assert.deepEqual(warnings, []);
  await (await at(-3_600_000)).release();
  assert.match(
    warnings.join(),
    /^The clock says .*, which is before the last event of the audit trail/,
  );
});
