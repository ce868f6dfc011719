import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { progressPaths } from '../../src/progress/file/paths.js';
import { refuseSpent } from '../../src/progress/sequence.js';
import { numberMax, type Progression } from '../../src/sequence/progression.js';
import { rangeCountMax } from '../../src/sequence/range.js';
import { openSequence, simulateSequence } from '../simulation/open-sequence.js';
import { SimulatedDisk } from '../simulation/simulated-disk.js';
import { choiceIn, eventsIn } from '../support/fixtures/progress-directory.js';
import {
  progressionOf,
  recordOf,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('sequence');

/** A sequence on a simulated disk, at `next`, which is the instance unless it is given. */
async function simulated(values: Partial<Progression> = {}, next?: bigint) {
  const progression = progressionOf(values);
  const disk = SimulatedDisk.created(recordOf({ next: next ?? progression.instance }));
  return { disk, progression, sequence: await simulateSequence(disk, progression) };
}

test('numbers taken singly and in ranges follow each other, whatever the mix', async () => {
  const counts = fc.array(
    fc.oneof(fc.constant('next' as const), fc.integer({ min: 1, max: 9000 })),
  );
  const increments = fc.constantFrom(1n, 3n, 32767n);
  const histories = fc.asyncProperty(counts, increments, async (mix, increment) => {
    const { sequence } = await simulated({ increment });
    let expected = 1n;
    for (const count of mix) {
      assert.equal(sequence.position, expected);
      if (count === 'next') assert.equal(sequence.next(), expected);
      else assert.equal(sequence.take(count).first, expected);
      expected += increment * (count === 'next' ? 1n : BigInt(count));
      assert.ok(sequence.reserved > expected - increment, 'all of it is reserved');
    }
  });
  await fc.assert(histories);
});

test('a clean stop burns nothing, also with a part of a lease unused', async () => {
  const confdir = newDirectory();
  const progression = progressionOf({ instance: 7n, increment: 10n });
  let expected = 7n;
  for (const count of [0, 1, 1023, 1024, 1025, 0, 7000]) {
    const sequence = await openSequence(confdir, progression);
    for (let left = count; left > 0; left--) {
      assert.equal(sequence.next(), expected);
      expected += 10n;
    }
    await sequence.close();
    const { record } = choiceIn(progressPaths(confdir));
    assert.deepEqual([record.next, record.clean], [expected, true]);
    assert.equal(record.ceiling, record.reserved);
  }
});

test('the trail tells every start and stop', async () => {
  const confdir = newDirectory();
  for (let run = 0; run < 3; run++) await (await openSequence(confdir)).close();
  const expected = ['created', ...Array.from({ length: 3 }, () => ['started', 'stopped']).flat()];
  assert.deepEqual(eventsIn(progressPaths(confdir)), expected);
});

test('after the close no number is handed out, and closing again does nothing', async () => {
  const { sequence, disk } = await simulated();
  sequence.next();
  await sequence.close();
  const steps = disk.steps.length;
  assert.throws(() => sequence.next(), /the sequence is closed/);
  assert.throws(() => sequence.take(1), /the sequence is closed/);
  await sequence.close();
  assert.equal(disk.steps.length, steps);
});

test('a second close waits for the first to be done, and is told nothing of how it went', async () => {
  const { sequence, disk } = await simulated();
  sequence.next();
  let isDone = false;
  const first = sequence.close().finally(() => {
    isDone = true;
  });
  disk.fail('write', 'refused');
  await sequence.close();
  assert.equal(isDone, true);
  await assert.rejects(first, { code: 'save' });
});

test('sequences in two confdirs of one process do not touch each other', async () => {
  const [one, other] = [newDirectory(), newDirectory()];
  const first = await openSequence(one, progressionOf({ instance: 1n, increment: 2n }));
  const second = await openSequence(other, progressionOf({ instance: 2n, increment: 2n }));
  assert.deepEqual([first.next(), second.next(), first.next()], [1n, 2n, 3n]);
  await first.close();
  assert.equal(second.take(100_000).first, 4n);
  await second.close();
  const again = await openSequence(one, progressionOf({ instance: 1n, increment: 2n }));
  assert.equal(again.next(), 5n);
  await again.close();
});

test('a million numbers at increment 32767 are there at once', async () => {
  const { sequence } = await simulated({ increment: 32767n });
  const range = sequence.take(rangeCountMax);
  assert.equal(range.last, 1n + 999_999n * 32767n);
  assert.equal(sequence.next(), range.last + 32767n);
});

test('a million numbers asked for by another thread are reserved in the background', async () => {
  const { sequence } = await simulated({ increment: 32767n });
  assert.equal(sequence.window, 1024n);
  await sequence.reserveAhead(rangeCountMax);
  assert.equal(sequence.counter.claim(BigInt(rangeCountMax)), 0n);
  assert.ok(sequence.window >= BigInt(rangeCountMax), `a window of ${sequence.window}`);
});

test('a larger request joins a reservation that is under way', async () => {
  const { sequence } = await simulated({ increment: 32767n });
  await Promise.all([sequence.reserveAhead(), sequence.reserveAhead(rangeCountMax)]);
  assert.equal(sequence.counter.claim(BigInt(rangeCountMax)), 0n);
});

test('a count that is not a whole number from 1 to 1,000,000 is refused', async () => {
  const { sequence } = await simulated();
  for (const count of [0, -1, 1.5, rangeCountMax + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => sequence.take(count), RangeError);
  }
  assert.equal(sequence.next(), 1n);
});

test('a lease that another thread has claimed behind is never given back', async () => {
  const { sequence } = await simulated();
  assert.equal(sequence.next(), 1n);
  const foreign = sequence.counter.claim(2000n);
  const { first } = sequence.take(1);
  assert.ok(first > foreign + 2000n, `${first} was claimed by another thread`);
});

test('when the progress cannot be saved, what is reserved is handed out and no more', async () => {
  const { sequence, disk } = await simulated();
  disk.fail('flush', 'dropped');
  const numbers: bigint[] = [];
  assert.throws(
    () => {
      for (;;) numbers.push(sequence.next());
    },
    { code: 'save' },
  );
  disk.mend();
  assert.equal(numbers.length, 65535);
  assert.throws(() => sequence.next(), { code: 'save' });
  assert.throws(() => sequence.take(1), { code: 'save' });
  await assert.rejects(sequence.reserveAhead(), { code: 'save' });
  assert.equal(sequence.failure?.code, 'save');
  const steps = disk.steps.length;
  await assert.rejects(sequence.close(), { code: 'save' });
  assert.equal(disk.steps.length, steps, 'not even the stop writes');
});

test('an abandoned sequence hands out nothing of its lease', async () => {
  const { sequence } = await simulated();
  sequence.next();
  sequence.abandon();
  assert.equal(sequence.counter.isRunning(), false);
  assert.notEqual(sequence.next(), 2n);
});

for (const max of [10n, 65535n, 65536n, 100_000n, numberMax]) {
  for (const increment of [1n, 7n, 32767n]) {
    test(`at max ${max} and increment ${increment} it ends with the last number, for good`, async () => {
      const progression = progressionOf({ instance: 3n, increment, max });
      const last = max - ((max - 3n) % increment);
      const start = last > 3n + 2n * increment ? last - 2n * increment : 3n;
      const disk = SimulatedDisk.created(recordOf({ next: start }));
      const sequence = await simulateSequence(disk, progression);
      const numbers: bigint[] = [];
      const end = { name: 'TxnidError', code: 'sequence-end' };
      assert.throws(() => {
        for (;;) numbers.push(sequence.next());
      }, end);
      assert.deepEqual([numbers[0], numbers.at(-1)], [start, last]);
      assert.throws(() => sequence.next(), end);
      assert.throws(() => sequence.take(1), end);
      await assert.rejects(sequence.reserveAhead(), end);
      await sequence.close();
      await assert.rejects(simulateSequence(disk, progression), end);
      await assert.rejects(simulateSequence(disk, progression), end);
    });
  }
}

test('a range that does not fit before the end is refused, and what is left can still be had', async () => {
  const { sequence } = await simulated({ max: 100n });
  assert.equal(sequence.take(90).last, 90n);
  assert.throws(() => sequence.take(11), { code: 'sequence-end' });
  assert.equal(sequence.take(10).last, 100n);
  assert.throws(() => sequence.next(), { code: 'sequence-end' });
});

test('a crash at the end is not a way to begin again', async () => {
  const { disk, progression, sequence } = await simulated({ max: 100n });
  sequence.take(100);
  await assert.rejects(simulateSequence(disk, progression), { code: 'sequence-end' });
});

test('a progression without any number is refused, one with a single number is not', () => {
  const of = (max: bigint) => progressionOf({ instance: 7n, increment: 2n, max });
  assert.throws(() => refuseSpent(of(6n), 0n), { code: 'sequence-end' });
  refuseSpent(of(7n), 0n);
  refuseSpent(of(8n), 0n);
});

/** Quiet for hours, on a disk whose flushes take so long; then more than half of what is reserved is claimed. */
async function burstAfterQuiet(flushMs: number) {
  const progression = progressionOf({ increment: 32_767n });
  const disk = SimulatedDisk.created(recordOf({ next: 1n }));
  const clock = { nowMs: 0 };
  disk.beforeStep = ({ call }) => {
    if (call === 'flush') clock.nowMs += flushMs;
  };
  const sequence = await simulateSequence(disk, progression, () => clock.nowMs);
  clock.nowMs += 10 ** 7;
  sequence.counter.claimUpTo(600n);
  return { sequence, clock };
}

test('a burst on a slow disk has what two flushes need at its pace, with the first reservation', async () => {
  const { sequence, clock } = await burstAfterQuiet(300);
  const reserving = sequence.reserveAhead();
  clock.nowMs += 8;
  sequence.counter.claimUpTo(200n);
  await reserving;
  assert.equal(sequence.window, 15_000n);
  assert.ok(sequence.counter.limit() - sequence.counter.cursor() >= 14_000n);
});

test('on a quick one nothing is waited for, and the burst counts as it did', async () => {
  const { sequence } = await burstAfterQuiet(3);
  const reserving = sequence.reserveAhead();
  assert.ok(sequence.window > 0n);
  await reserving;
  assert.equal(sequence.window, 1024n);
});

test('a stop that comes during the look at a burst saves the exact position', async () => {
  const { sequence } = await burstAfterQuiet(300);
  const reserving = sequence.reserveAhead();
  await Promise.all([reserving, sequence.close()]);
  assert.equal(sequence.position, 1n + 600n * 32_767n);
  assert.equal(sequence.window, 1024n, 'nothing more was reserved');
});
