/** Looking at a progress file that is in use, and at one that is damaged in more than one way. */

import assert from 'node:assert/strict';
import { appendFileSync, linkSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { type InspectSystem, inspectProgress } from '../../src/progress/inspect.js';
import { used } from '../support/fixtures/progress-directory.js';
import { temporaryDirectories } from '../support/fixtures/progress-fixture.js';
import { assertNothingLeftOpen, failing, withFs } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('inspect-faults');
const nobody: InspectSystem = { flockHolder: () => undefined, isAlive: () => false };

/** What is seen when the first `torn` reads catch a slot while it is written; and how many it took. */
async function inspectTorn(torn: number, places: readonly number[]) {
  const confdir = newDirectory();
  await used(confdir);
  let reads = 0;
  const readSync =
    (real: (...values: unknown[]) => unknown) =>
    (...values: unknown[]) => {
      const result = real(...values);
      const buffer = values[1] as Buffer;
      if ([8192, 8193].includes(buffer.length) && ++reads <= torn)
        for (const at of places) buffer[at] = 0x21;
      return result;
    };
  const seen = withFs({ readSync }, () => inspectProgress(confdir, nobody));
  return { seen, reads };
}

test('a slot that is being written while it is read is looked at again, a few times', async () => {
  for (const places of [[200], [200, 4300]]) {
    const { seen, reads } = await inspectTorn(4, places);
    assert.equal(seen.error, undefined);
    assert.equal(seen.choice?.isNeighbourIntact, true);
    assert.equal(reads, 5);
  }
  assert.equal(
    (await inspectTorn(0, [])).reads,
    2,
    'what is whole is read once, and before the trail',
  );
});

test('a slot that stays damaged is a finding after five looks', async () => {
  const one = await inspectTorn(99, [200]);
  assert.equal(one.seen.choice?.isNeighbourIntact, false);
  assert.equal(one.reads, 6);
  const both = await inspectTorn(99, [200, 4300]);
  assert.match(both.seen.error?.message ?? '', /no intact record/);
  assert.equal(both.reads, 6);
});

test('what may not be read is an error of its own, not a finding', async () => {
  const confdir = newDirectory();
  await used(confdir);
  const inspect = () => inspectProgress(confdir, nobody);
  assert.throws(() => withFs({ openSync: failing('EACCES') }, inspect), { code: 'privilege' });
  const wrongOnTrail =
    (real: (...values: unknown[]) => unknown) =>
    (...values: unknown[]) => {
      const isProgress = [8192, 8193].includes((values[1] as Buffer).length);
      if (!isProgress) throw new TypeError('a fault of the program');
      return real(...values);
    };
  assert.throws(() => withFs({ readSync: wrongOnTrail }, inspect), TypeError);
});

test('a file whose status cannot be read is a fault of the disk, and is closed again', async () => {
  const confdir = newDirectory();
  await used(confdir);
  assertNothingLeftOpen(() => {
    withFs({ fstatSync: failing('EIO') }, () => {
      assert.throws(() => inspectProgress(confdir, nobody), { code: 'save' });
    });
  });
});

test('of several findings, the one that has to be dealt with first is told', async () => {
  const confdir = newDirectory();
  const { progress, audit } = await used(confdir);
  appendFileSync(audit, 'no event\n');
  const told = () => inspectProgress(confdir, nobody).error?.message ?? '';
  assert.match(told(), /its last line is not an event/);
  linkSync(progress, `${progress}.other`);
  assert.match(told(), /second|link/);
  rmSync(progress);
  assert.match(told(), /its last line is not an event/);
  assertNothingLeftOpen(told);
});

test('the second name that a crash of the creation left is no finding, and stays', async () => {
  const confdir = newDirectory();
  const { progress, unborn } = await used(confdir);
  linkSync(progress, unborn);
  assert.equal(inspectProgress(confdir, nobody).error, undefined);
  linkSync(progress, `${progress}.other`);
  assert.match(inspectProgress(confdir, nobody).error?.message ?? '', /has 3 hard links/);
});

test('the file is known by exact numbers, which are larger than a double holds', async () => {
  const confdir = newDirectory();
  await used(confdir);
  const kinds: string[] = [];
  const flockHolder: InspectSystem['flockHolder'] = ({ ino, dev }) => {
    kinds.push(typeof ino, typeof dev);
    return undefined;
  };
  assertNothingLeftOpen(() => inspectProgress(confdir, { ...nobody, flockHolder }));
  assert.deepEqual(kinds, ['bigint', 'bigint']);
});
