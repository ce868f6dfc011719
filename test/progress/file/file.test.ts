import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TxnidError } from '../../../src/errors.js';
import { chooseRecord } from '../../../src/progress/file/content.js';
import { run, runSync } from '../../../src/progress/file/disk.js';
import { ProgressFile } from '../../../src/progress/file/file.js';
import { slotBytes } from '../../../src/progress/file/record.js';
import { SimulatedDisk } from '../../simulation/simulated-disk.js';
import { recordOf } from '../../support/fixtures/progress-fixture.js';

const change = recordOf({ next: 9n, reserved: 65536n, ceiling: 131072n, clean: false });

function fileOn(disk: SimulatedDisk): ProgressFile {
  const choice = chooseRecord(disk.cached);
  if ('unusable' in choice) throw new Error(choice.unusable);
  return new ProgressFile('/simulated/txnid.dat', disk.cached, choice);
}

function writes(disk: SimulatedDisk): number {
  return disk.steps.filter(({ call }) => call === 'write').length;
}

/** Fails unless the file refuses this write and all later ones with one error, and writes nothing. */
function assertFailStop(disk: SimulatedDisk, file: ProgressFile, code: string, message: RegExp) {
  assert.throws(() => runSync(disk, file.write(change)), { name: 'TxnidError', code, message });
  const first = file.failure;
  disk.mend();
  disk.nameState = 'kept';
  const stepsBefore = disk.steps.length;
  for (let attempt = 0; attempt < 3; attempt++) {
    assert.throws(
      () => runSync(disk, file.write(change)),
      (error) => error === first,
    );
  }
  assert.equal(disk.steps.length, stepsBefore, 'the disk is left alone, though it works again');
}

test('a write goes to the older slot, is flushed, and becomes the newest record', async () => {
  const disk = SimulatedDisk.created(recordOf());
  const file = fileOn(disk);
  await run(disk, file.write(change));
  assert.deepEqual(file.record, { ...change, generation: 3 });
  assert.deepEqual(chooseRecord(disk.durable), {
    record: { ...change, generation: 3 },
    slot: 0,
    isNeighbourIntact: true,
  });
});

test('what was read is durable before the other record is written over, and asked for once', () => {
  const disk = SimulatedDisk.created(recordOf());
  const crashed = fileOn(disk);
  runSync(disk, crashed.write(change));
  disk.fail('flush', 'refused');
  assert.throws(() => runSync(disk, crashed.write(change)), { code: 'save' });
  assert.notDeepEqual(disk.durable, disk.cached, 'its last record is in the page cache only');
  disk.mend();
  const read = disk.cached;
  disk.beforeStep = ({ call }) => {
    if (call === 'write') assert.deepEqual(disk.durable, read);
  };
  const file = fileOn(disk);
  runSync(disk, file.write(change));
  disk.beforeStep = () => {};
  const stepsBefore = disk.steps.length;
  runSync(disk, file.write(change));
  assert.equal(disk.steps[stepsBefore]?.call, 'name');
});

test('the newest record is never the one that is overwritten', () => {
  const disk = SimulatedDisk.created(recordOf());
  const file = fileOn(disk);
  for (let turn = 0; turn < 5; turn++) runSync(disk, file.write(change));
  const offsets = disk.steps.flatMap((step) => (step.call === 'write' ? [step.offset] : []));
  assert.deepEqual(offsets, [0, slotBytes, 0, slotBytes, 0]);
});

test('after a damaged slot the first write mends it', () => {
  for (const slot of [0, 1]) {
    const disk = SimulatedDisk.created(recordOf());
    disk.destroySlot(slot);
    runSync(disk, fileOn(disk).write(change));
    assert.equal(fileOn(disk).record.reserved, 65536n);
    const choice = chooseRecord(disk.durable);
    assert.ok(!('unusable' in choice) && choice.isNeighbourIntact && choice.slot === slot);
  }
});

const faults = [
  { call: 'flush', nth: 1, kind: 'refused', name: 'what was read cannot be flushed' },
  { call: 'name', nth: 1, kind: 'refused', name: 'the name cannot be looked at' },
  { call: 'read', nth: 1, kind: 'refused', name: 'the fence cannot read' },
  { call: 'write', nth: 1, kind: 'refused', name: 'a write fails' },
  { call: 'write', nth: 1, kind: 'short', name: 'a write stops half way' },
  { call: 'write', nth: 1, kind: 'done', name: 'a write fails although it was carried out' },
  { call: 'flush', nth: 2, kind: 'refused', name: 'a flush fails' },
  { call: 'flush', nth: 2, kind: 'dropped', name: 'a flush fails and the kernel drops the page' },
  { call: 'flush', nth: 2, kind: 'done', name: 'a flush fails although it was carried out' },
  { call: 'name', nth: 2, kind: 'refused', name: 'the name cannot be looked at after a flush' },
  { call: 'read', nth: 2, kind: 'refused', name: 'what was flushed cannot be read back' },
] as const;

for (const { call, nth, kind, name } of faults) {
  test(`once ${name}, nothing is ever written again`, () => {
    const disk = SimulatedDisk.created(recordOf());
    const file = fileOn(disk);
    disk.fail(call, kind, nth);
    assertFailStop(
      disk,
      file,
      'save',
      /^Cannot save progress to \/simulated\/txnid\.dat: EIO: [^:]*: mend the disk/,
    );
    assert.equal(file.record.generation, 2, 'what is not known to be durable does not count');
  });
}

test('a write that was acknowledged and lost does not count', () => {
  const disk = SimulatedDisk.created(recordOf());
  const file = fileOn(disk);
  const before = disk.cached;
  disk.beforeStep = (step) => {
    if (step.call === 'flush') disk.overwrite(0, before);
  };
  assertFailStop(disk, file, 'lock-lost', /txnid\.dat does not hold what was written to it while/);
  assert.equal(file.record.generation, 2, 'so nothing of it may be handed out');
});

test('a file that somebody else wrote to is not written, be it one byte in either slot', () => {
  for (const at of [0, slotBytes - 2, slotBytes, 2 * slotBytes - 1]) {
    const disk = SimulatedDisk.created(recordOf());
    const file = fileOn(disk);
    runSync(disk, file.write(change));
    disk.overwrite(at, Buffer.from('#'));
    assertFailStop(disk, file, 'lock-lost', /was written by somebody else/);
    assert.equal(writes(disk), 1);
  }
});

test('of two owners that do not know of each other, the second one to write stops', () => {
  const disk = SimulatedDisk.created(recordOf());
  const [first, second] = [fileOn(disk), fileOn(disk)];
  runSync(disk, first.write(change));
  assert.throws(() => runSync(disk, second.write(change)), { code: 'lock-lost' });
  runSync(disk, first.write(change));
  assert.equal(fileOn(disk).record.generation, 4);
});

test('an older owner that wakes up finds its file cut short and stops', () => {
  const disk = SimulatedDisk.created(recordOf());
  const file = fileOn(disk);
  const shorter = new SimulatedDisk(disk.cached.subarray(0, slotBytes));
  assert.throws(() => runSync(shorter, file.write(change)), { code: 'lock-lost' });
  assert.equal(writes(shorter), 0);
});

for (const call of ['name', 'read', 'write', 'flush'] as const) {
  test(`a lock that is lost during the ${call} of a write ends the writing`, async () => {
    const disk = SimulatedDisk.created(recordOf());
    const file = fileOn(disk);
    runSync(disk, file.write(change));
    const lost = new TxnidError('lock-lost', [{ what: 'Lost the lock', remedy: 'find out' }]);
    disk.beforeStep = (step) => {
      if (step.call === call) file.fail(lost);
    };
    await assert.rejects(run(disk, file.write(change)), (error) => error === lost);
    assert.equal(writes(disk), call === 'name' || call === 'read' ? 1 : 2);
    assert.equal(file.record.generation, 3, 'so nothing more may be handed out');
  });
}

test('the first failure is the one that is told', () => {
  const disk = SimulatedDisk.created(recordOf());
  const file = fileOn(disk);
  disk.fail('write', 'refused');
  assert.throws(() => runSync(disk, file.write(change)), { code: 'save' });
  const later = new TxnidError('lock-lost', [{ what: 'Lost the lock', remedy: 'find out' }]);
  assert.equal(file.fail(later).code, 'save');
});

test('two writes at once are refused, lest one hide the other', async () => {
  const disk = SimulatedDisk.created(recordOf());
  const file = fileOn(disk);
  const first = run(disk, file.write({ ...change, reserved: 2n * 65536n }));
  assert.throws(() => runSync(disk, file.write(change)), /another write is under way/);
  await first;
  assert.equal(file.record.reserved, 2n * 65536n);
  runSync(disk, file.write({ ...change, reserved: 2n * 65536n }));
  assert.equal(file.record.generation, 4);
});

test('a record that does not fit is refused before anything is touched', () => {
  const disk = SimulatedDisk.created(recordOf());
  const file = fileOn(disk);
  const long = { ...change, parameters: { allow: 'a'.repeat(slotBytes) } };
  assert.throws(() => runSync(disk, file.write(long)), RangeError);
  assert.deepEqual(disk.steps, []);
});

test('the trail’s head is saved once, and again when the trail has gone on', () => {
  const disk = SimulatedDisk.created(recordOf());
  const choice = chooseRecord(disk.cached);
  assert.ok(!('unusable' in choice));
  let head = 'a1'.repeat(32);
  const file = new ProgressFile('/simulated/txnid.dat', disk.cached, choice, () => ({
    trailHead: head,
  }));
  for (const [next, count] of [
    [head, 1],
    [head, 1],
    ['b2'.repeat(32), 2],
    ['b2'.repeat(32), 2],
  ] as const) {
    head = next;
    runSync(disk, file.saveTrailHead());
    assert.deepEqual([file.record.trailHead, writes(disk)], [head, count]);
  }
});
