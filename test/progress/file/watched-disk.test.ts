import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, runSync, steps } from '../../../src/progress/file/disk.js';
import { WatchedDisk } from '../../../src/progress/file/watched-disk.js';
import { SimulatedDisk } from '../../simulation/simulated-disk.js';
import { recordOf } from '../../support/fixtures/progress-fixture.js';

/** A disk that notes what it is asked for, and whose flushes may fail. */
function noting(events: string[], fails: boolean): SimulatedDisk {
  const disk = SimulatedDisk.created(recordOf());
  disk.beforeStep = ({ call }) => {
    events.push(call);
    if (call === 'flush' && fails) throw new Error('EIO');
  };
  return disk;
}

function* eachStep() {
  yield* steps.name();
  yield* steps.read();
  yield* steps.write(0, Buffer.from('x'));
  yield* steps.flush();
}

for (const fails of [false, true]) {
  for (const kind of ['blocking', 'background']) {
    test(`${kind}: the watch hears of the flush and of nothing else${fails ? ', also of one that fails' : ''}`, async () => {
      const events: string[] = [];
      const disk = new WatchedDisk(noting(events, fails), {
        flushBegins: () => {
          events.push('begins');
          return () => events.push('ends');
        },
      });
      const protocol = eachStep();
      const done = async () =>
        kind === 'blocking' ? runSync(disk, protocol) : run(disk, protocol);
      if (fails) await assert.rejects(done, /EIO/);
      else await done();
      assert.deepEqual(events, ['name', 'read', 'write', 'begins', 'flush', 'ends']);
    });
  }
}
