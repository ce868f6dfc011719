import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionOf } from '../../src/progress/file/choice.js';
import { chooseRecord } from '../../src/progress/file/content.js';
import { type DiskProtocol, runSync } from '../../src/progress/file/disk.js';
import { ProgressFile } from '../../src/progress/file/file.js';
import { decodeSlot, type ProgressRecord } from '../../src/progress/file/record.js';
import { Reservation, type Saving } from '../../src/progress/reservation.js';
import { notReserved, SharedCounter } from '../../src/sequence/counter.js';
import { numberAt, numbersPerHigh, type Progression } from '../../src/sequence/progression.js';
import { SimulatedDisk } from '../simulation/simulated-disk.js';
import {
  ownOwner,
  parametersOf,
  progressionOf,
  recordOf,
} from '../support/fixtures/progress-fixture.js';

/** A reservation on a simulated disk whose flushes take their time on a clock of its own. */
class Rig {
  nowMs = 0;
  readonly counter: SharedCounter;
  readonly reservation: Reservation;
  readonly file: ProgressFile;

  constructor(
    readonly disk: SimulatedDisk,
    readonly progression: Progression,
    flushMs = 0,
    markEvery = numbersPerHigh,
  ) {
    const choice = chooseRecord(disk.cached);
    if ('unusable' in choice) throw new Error(choice.unusable);
    disk.beforeStep = (step) => {
      if (step.call === 'flush') this.nowMs += flushMs;
    };
    const { index, bound, isExact } = positionOf(choice, progression);
    this.file = new ProgressFile('/simulated/txnid.dat', disk.cached, choice);
    this.counter = SharedCounter.allocate(index);
    this.reservation = new Reservation({
      saved: this.file.record,
      parameters: parametersOf(progression),
      progression,
      counter: this.counter,
      bound,
      isExact,
      markEvery,
      clock: () => this.nowMs,
    });
    this.save(this.reservation.open());
    assert.equal(this.counter.fits(1n), false, 'nothing can be claimed yet');
    this.reservation.begin();
  }

  /** Makes each durable before it asks for the next, as a store does. */
  save(saving: Saving): void {
    const { file, disk } = this;
    const writes = function* (): DiskProtocol<void> {
      for (const progress of saving)
        yield* file.write({ ...progress, owner: ownOwner(), since: '' });
    };
    runSync(disk, writes());
  }

  extend(count?: bigint): void {
    this.save(this.reservation.extend(count));
  }

  /** Hands numbers out for some time, a millisecond at a time, reserving when it is asked for. */
  serve(numbersPerMs: bigint, durationMs: number): void {
    for (let ms = 0; ms < durationMs; ms++) {
      for (let left = numbersPerMs; left > 0n; ) {
        left -= this.counter.claimUpTo(left).count;
        if (this.counter.takeReservationRequest()) this.extend();
      }
      this.nowMs++;
    }
  }

  /** Numbers that are reserved and not handed out yet: what a crash would burn. */
  get ahead(): bigint {
    return this.counter.limit() - this.counter.cursor();
  }

  get flushes(): number {
    return this.disk.steps.filter(({ call }) => call === 'flush').length;
  }
}

function writtenRecords(disk: SimulatedDisk): ProgressRecord[] {
  return disk.steps.flatMap((step) => {
    if (step.call !== 'write') return [];
    const slot = decodeSlot(step.bytes);
    return slot.kind === 'record' ? [slot.record] : [];
  });
}

function rigAt(progression: Progression, flushMs = 0, changes: Partial<ProgressRecord> = {}): Rig {
  const record = recordOf({ next: progression.instance, ...changes });
  return new Rig(SimulatedDisk.created(record), progression, flushMs);
}

test('a start writes both slots before the first number: its name, then a fresh reservation', () => {
  const { disk, counter } = rigAt(progressionOf());
  const [name, fresh, ...rest] = writtenRecords(disk);
  assert.deepEqual(rest, []);
  assert.deepEqual([name?.clean, name?.reserved], [true, 0n]);
  assert.deepEqual([fresh?.clean, fresh?.reserved], [false, 65536n]);
  assert.equal(counter.limit(), 65535n);
});

test('no record reserves more than the one before it let expect', () => {
  for (const increment of [1n, 3n, 32767n]) {
    const rig = rigAt(progressionOf({ increment }), 20);
    rig.serve(3n, 300);
    rig.serve(2000n, 200);
    rig.extend(1_000_000n);
    rig.serve(1n, 100);
    rig.save(rig.reservation.close());
    let ceiling = 0n;
    for (const [at, record] of writtenRecords(rig.disk).entries()) {
      assert.ok(at === 0 || record.reserved <= ceiling, `record ${at}, increment ${increment}`);
      ceiling = record.ceiling;
    }
  }
});

test('at increment 32767 and 100,000 numbers a second, windows grow to about a second', () => {
  const rig = rigAt(progressionOf({ increment: 32767n }), 50);
  rig.serve(100n, 3000);
  const flushesBefore = rig.flushes;
  rig.serve(100n, 10_000);
  const perSecond = (rig.flushes - flushesBefore) / 10;
  assert.ok(perSecond >= 1 && perSecond <= 3, `${perSecond} flushes a second`);
  assert.ok(rig.ahead <= 160_000n, `a crash would burn ${rig.ahead}`);
  assert.ok(rig.ahead >= 45_000n, `only ${rig.ahead} left for the time of a flush`);
  const { window } = rig.reservation;
  assert.ok(window >= 80_000n && window <= 120_000n, `a window of ${window}`);
});

test('a burst counts once: the next look is at what was asked for since', () => {
  const rig = rigAt(progressionOf({ increment: 32767n }));
  while (rig.counter.cursor() < 500_000n) {
    rig.counter.claimUpTo(500_000n - rig.counter.cursor());
    rig.extend();
  }
  rig.nowMs += 5000;
  rig.extend();
  rig.counter.claimUpTo(rig.ahead);
  rig.nowMs += 10 ** 9;
  rig.extend();
  assert.ok(rig.ahead <= 10_000n, `a crash would burn ${rig.ahead}`);
});

test('on a disk that is slow to flush, more is kept ahead', () => {
  const aheadAt = (flushMs: number) => {
    const rig = rigAt(progressionOf({ increment: 32767n }), flushMs);
    rig.serve(100n, 10_000);
    return rig.ahead;
  };
  assert.ok(aheadAt(2000) > 2n * aheadAt(10), `${aheadAt(2000)} and ${aheadAt(10)}`);
});

test('more is asked for once half the window is gone', () => {
  const { counter } = rigAt(progressionOf());
  const window = counter.limit();
  counter.claim(window / 2n - 2n);
  assert.equal(counter.isLow(), false);
  counter.claim(2n);
  assert.equal(counter.isLow(), true);
});

test('when it gets quiet again, the windows shrink and a crash burns little', () => {
  const rig = rigAt(progressionOf({ increment: 32767n }), 50);
  rig.serve(100n, 3000);
  rig.serve(1n, 400_000);
  assert.ok(rig.ahead <= 4096n, `a crash would burn ${rig.ahead}`);
});

test('a quiet service is ahead by no more than two highs', () => {
  const rig = rigAt(progressionOf());
  for (let turn = 0; turn < 50; turn++) {
    rig.nowMs += 60_000;
    rig.serve(5000n, 1);
    assert.ok(rig.ahead <= 2n * 65536n);
  }
  assert.equal(rig.reservation.window, 65536n);
});

test('a request that is larger than the window is reserved at once, in a few writes', () => {
  const rig = rigAt(progressionOf({ increment: 32767n }));
  const before = rig.flushes;
  while (rig.ahead < 1_000_000n) rig.extend(1_000_000n);
  assert.ok(rig.flushes - before <= 4, `${rig.flushes - before} flushes`);
});

test('no reservation goes beyond the end, and at the end no more is asked for', () => {
  const progression = progressionOf({ instance: 5n, increment: 7n, max: 200_000n });
  const rig = rigAt(progression);
  while (!rig.reservation.isComplete()) {
    const before = rig.counter.limit();
    rig.extend(30_000n);
    assert.ok(rig.counter.limit() > before);
  }
  const end = rig.counter.limit();
  assert.ok(numberAt(progression, end - 1n) <= 200_000n && numberAt(progression, end) > 200_000n);
  assert.equal(rig.file.record.reserved, 262_144n);
  rig.counter.claim(end - 1n);
  assert.equal(rig.counter.takeReservationRequest(), false, 'one is left');
});

test('a start at the end of what can be reserved shows that numbers may have been handed out', () => {
  const progression = progressionOf({ max: 1000n });
  const stopped = { next: 11n, reserved: 65536n, ceiling: 65536n };
  const rig = rigAt(progression, 0, stopped);
  assert.equal(rig.counter.claim(1n), 10n);
  rig.disk.destroySlot(1);
  const choice = chooseRecord(rig.disk.cached);
  assert.ok(!('unusable' in choice) && choice.slot === 0);
  assert.ok(positionOf(choice, progression).index > 10n, 'number 11 is handed out already');
});

test('an extension that has nothing to add writes nothing', () => {
  const rig = rigAt(progressionOf());
  const before = rig.disk.steps.length;
  rig.extend();
  assert.equal(rig.disk.steps.length, before);
});

test('a reservation that cannot be saved leaves the limit where it was', () => {
  const rig = rigAt(progressionOf());
  const limit = rig.counter.limit();
  rig.counter.claimUpTo(limit);
  rig.disk.fail('flush', 'refused');
  assert.throws(() => rig.extend(), { code: 'save' });
  assert.equal(rig.counter.limit(), limit);
});

test('a burst on a quiet service reserves a few times what it asked for', () => {
  const rig = rigAt(progressionOf());
  const count = 1_000_000n;
  while (!rig.counter.fits(count)) rig.extend(count);
  assert.equal(rig.counter.claim(count), 0n);
  while (rig.counter.isLow()) rig.extend();
  assert.ok(rig.ahead <= 4n * count, `a crash would burn ${rig.ahead}`);
  assert.ok(rig.counter.fits(count), 'the next one does not wait');
});

test('it is what is left that counts near the end, not what there was', () => {
  const max = 2n ** 24n;
  const next = max - 1_000_000n;
  const bound = (next / 65536n + 1n) * 65536n;
  const rig = rigAt(progressionOf({ max }), 0, { next, reserved: bound, ceiling: bound });
  const consumed = 200_000n;
  for (let left = consumed; left > 0n; ) {
    left -= rig.counter.claimUpTo(left).count;
    rig.extend();
  }
  assert.ok(rig.ahead <= 200_000n, `a crash would burn ${rig.ahead} of ${1_000_000n - consumed}`);
});

test('near the end a burst and a crash burn a small part of what was left', () => {
  const max = 3_000_000n;
  const progression = progressionOf({ max });
  const rig = rigAt(progression);
  const count = 100_000n;
  while (!rig.counter.fits(count)) rig.extend(count);
  rig.counter.claim(count);
  while (rig.counter.isLow()) rig.extend();
  assert.ok(rig.ahead <= max / 8n, `a crash would burn ${rig.ahead}`);
  for (const slot of [0, 1] as const) {
    const disk = new SimulatedDisk(rig.disk.cached);
    disk.destroySlot(slot);
    const choice = chooseRecord(disk.cached);
    assert.ok(!('unusable' in choice));
    const burnt = positionOf(choice, progression).index - rig.counter.cursor();
    assert.ok(burnt >= 0n && burnt <= max / 4n, `without slot ${slot + 1} it burns ${burnt}`);
  }
});

test('large claims leave the last part of a window to small ones, except at the end', () => {
  const rig = rigAt(progressionOf());
  rig.extend(100_000n);
  const { counter } = rig;
  const large = 10_000n;
  while (counter.claim(large) !== notReserved);
  assert.ok(rig.ahead >= large, `${rig.ahead} are left`);
  assert.equal(counter.fits(large), false);
  assert.ok(counter.claim(8192n) !== notReserved, 'a small one');
  const end = rigAt(progressionOf({ max: 40_000n }));
  for (let left = 4; left > 0; left--) assert.ok(end.counter.claim(large) !== notReserved);
  assert.equal(end.ahead, 0n);
});

test('a clean stop gives up what a burst had reserved, so that a quiet owner burns little', () => {
  const progression = progressionOf();
  const rig = rigAt(progression);
  rig.serve(100_000n, 100);
  assert.ok(rig.ahead > 10n * 65536n, 'there is much to give up');
  const next = numberAt(progression, rig.counter.cursor());
  rig.save(rig.reservation.close());
  const { record } = rig.file;
  const bound = (next / 65536n + 1n) * 65536n;
  assert.deepEqual([record.next, record.reserved, record.ceiling], [next, bound, bound]);
  const quiet = new Rig(rig.disk, progression);
  assert.equal(quiet.counter.claim(1n), rig.counter.cursor());
  const choice = chooseRecord(rig.disk.cached);
  assert.ok(!('unusable' in choice));
  assert.ok(positionOf(choice, progression).index - quiet.counter.cursor() <= 2n * 65536n);
});

test('a clean stop after the last reserved number claims no more than was reserved', () => {
  const rig = rigAt(progressionOf({ instance: 0n }));
  rig.counter.claimUpTo(rig.ahead);
  const { reserved } = rig.file.record;
  rig.save(rig.reservation.close());
  const { record } = rig.file;
  assert.deepEqual([record.next, record.reserved, record.ceiling], [reserved, reserved, reserved]);
});

/** What a crash of this moment burns. */
function burntBy(rig: Rig): bigint {
  const choice = chooseRecord(rig.disk.cached);
  assert.ok(!('unusable' in choice));
  return positionOf(choice, rig.progression).index - rig.counter.cursor();
}

for (const markEvery of [1n, 2n, 7n, 1000n]) {
  test(`with marks every ${markEvery} a crash of a quiet sequence burns at most so many, whatever was reserved before`, () => {
    const progression = progressionOf({ instance: 3n, increment: 5n });
    // As a clean stop of an owner with whole highs leaves it.
    const stopped = { next: 23n, reserved: 65536n, ceiling: 65536n };
    const disk = SimulatedDisk.created(recordOf(stopped));
    const rig = new Rig(disk, progression, 0, markEvery);
    for (let number = 0; number < 3000; number++) {
      assert.ok(burntBy(rig) <= markEvery, `burns ${burntBy(rig)} at ${rig.counter.cursor()}`);
      if (rig.counter.claim(1n) === notReserved) rig.extend();
      else if (rig.counter.takeReservationRequest()) rig.extend();
      rig.nowMs += 60_000;
    }
    rig.save(rig.reservation.close());
    assert.equal(burntBy(rig), 0n);
    // And back to whole highs.
    const back = new Rig(disk, progression);
    assert.equal(back.counter.cursor(), rig.counter.cursor());
    assert.equal(back.file.record.reserved % 65536n, 0n);
  });
}

test('with finer marks a window follows the demand all the same, but no burst is looked at', () => {
  const progression = progressionOf({ increment: 32767n });
  const rig = new Rig(SimulatedDisk.created(recordOf()), progression, 50, 10n);
  rig.serve(100n, 5000);
  assert.ok(rig.reservation.window >= 80_000n, `a window of ${rig.reservation.window}`);
  assert.equal(rig.reservation.lookAtBurst(), 0);
  rig.serve(1n, 400_000);
  rig.nowMs += 10 ** 6;
  rig.extend();
  assert.ok(rig.ahead <= 10_000n, `a crash would burn ${rig.ahead}`);
});

test('with finer marks numbers go on to the last one, and no more is asked for there', () => {
  const progression = progressionOf({ instance: 2n, increment: 3n, max: 500n });
  const rig = new Rig(SimulatedDisk.created(recordOf({ next: 2n })), progression, 0, 10n);
  for (let left = 500; rig.counter.cursor() < 167n; left--) {
    assert.ok(left > 0, 'it comes to the end');
    if (rig.counter.claim(1n) === notReserved || rig.counter.takeReservationRequest()) rig.extend();
  }
  assert.ok(rig.reservation.isComplete());
  assert.equal(rig.counter.claim(1n), notReserved);
});
