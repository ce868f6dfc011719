/** A progress file that does not have its name for itself any more is not written. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRecord } from '../../../src/progress/file/content.js';
import { runSync } from '../../../src/progress/file/disk.js';
import { ProgressFile } from '../../../src/progress/file/file.js';
import { SimulatedDisk } from '../../simulation/simulated-disk.js';
import { recordOf } from '../../support/fixtures/progress-fixture.js';

const path = '/simulated/txnid.dat';
const change = recordOf({ next: 9n, reserved: 65536n, ceiling: 131072n, clean: false });

function fileOn(disk: SimulatedDisk, inode?: string): ProgressFile {
  const choice = chooseRecord(disk.cached);
  if ('unusable' in choice) throw new Error(choice.unusable);
  return new ProgressFile(path, disk.cached, choice, undefined, inode);
}

const troubles = {
  removed: /txnid\.dat was removed or replaced while this process owned it/,
  exchanged: /txnid\.dat was moved away, or another file has its name, while/,
  linked: /txnid\.dat was given a second name \(a hard link\) while/,
} as const;

for (const [name, message] of Object.entries(troubles)) {
  const trouble = name as keyof typeof troubles;

  test(`a file whose name was ${trouble} is not written`, () => {
    const disk = SimulatedDisk.created(recordOf());
    const file = fileOn(disk);
    disk.nameState = trouble;
    const refused = { code: 'lock-lost', message };
    assert.throws(() => runSync(disk, file.write(change)), refused);
    disk.nameState = 'kept';
    assert.throws(() => runSync(disk, file.write(change)), refused, 'once and for all');
    assert.ok(disk.steps.every(({ call }) => call !== 'write'));
  });

  test(`what went into a file whose name was ${trouble} on the way does not count`, () => {
    for (const call of ['write', 'flush'] as const) {
      const disk = SimulatedDisk.created(recordOf());
      const file = fileOn(disk);
      runSync(disk, file.write(change));
      disk.beforeStep = (step) => {
        if (step.call === call) disk.nameState = trouble;
      };
      assert.throws(() => runSync(disk, file.write(change)), { code: 'lock-lost', message });
      assert.equal(file.record.generation, 3, 'so nothing of it may be handed out');
    }
  });
}

test('every record says in which file it is', () => {
  const disk = SimulatedDisk.created(recordOf({ file: '41' }));
  const file = fileOn(disk, '42');
  assert.equal(file.record.file, '41');
  runSync(disk, file.write(file.record));
  assert.equal(fileOn(disk).record.file, '42');
});
