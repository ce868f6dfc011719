import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, type DiskStep, run, runSync } from '../../../src/progress/file/disk.js';
import { WatchedDisk } from '../../../src/progress/file/watched-disk.js';

/** A disk that notes its steps, and whose flushes may fail. */
function noting(events: string[], fails: boolean): Disk {
  const performSync = ({ call }: DiskStep) => {
    events.push(call);
    if (call === 'flush' && fails) throw new Error('EIO');
    return undefined;
  };
  return { performSync, perform: async (step) => performSync(step) };
}

function* writing() {
  yield { call: 'name' } as const;
  yield { call: 'flush' } as const;
}

for (const fails of [false, true]) {
  for (const kind of ['blocking', 'background']) {
    test(`${kind}: the watch hears of the flush and of nothing else${fails ? ', also of one that fails' : ''}`, async () => {
      const events: string[] = [];
      const disk = new WatchedDisk(noting(events, fails), {
        flushBegins: () => events.push('begins'),
        flushEnds: () => events.push('ends'),
      });
      const protocol = writing();
      const done = async () =>
        kind === 'blocking' ? runSync(disk, protocol) : run(disk, protocol);
      if (fails) await assert.rejects(done, /EIO/);
      else await done();
      assert.deepEqual(events, ['name', 'begins', 'flush', 'ends']);
    });
  }
}
