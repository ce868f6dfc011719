/** Events and records that part: a decision whose event fails is undone, and what no event told is found. */

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type FileSystem, realFileSystem } from '../../../src/progress/file/file-system.js';
import type { Decision, ProgressStore } from '../../../src/progress/store.js';
import { readTrailEnd } from '../../../src/progress/trail/open-trail.js';
import { readLines, readTrail } from '../../../src/progress/trail/reader.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { choiceIn, eventsIn, used } from '../../support/fixtures/progress-directory.js';
import {
  openStore,
  parametersOf,
  progressionOf,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('undone-events');
const progression = progressionOf();
const far = 5_000_000n;

const advanced: Decision = {
  event: 'advanced',
  progression,
  index: far - 1n,
  parameters: parametersOf(progression),
  changes: [],
};

/** Files whose trail takes a line, and fails to flush it; and to be cut again, if `isStuck`. */
function failingTrail(isStuck: boolean, onLine = (_line: Buffer) => {}): FileSystem {
  let trail: number | undefined;
  let isFailing = false;
  const fail = () => {
    throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
  };
  return {
    ...realFileSystem,
    openSync: (path, flags, mode) => {
      const descriptor = realFileSystem.openSync(path, flags, mode);
      if (path.endsWith('.audit')) trail = descriptor;
      return descriptor;
    },
    writeSync: (descriptor, bytes, ...rest) => {
      if (descriptor === trail && Buffer.from(bytes).includes('"advanced"')) {
        isFailing = true;
        onLine(Buffer.from(bytes));
      }
      return realFileSystem.writeSync(descriptor, bytes, ...rest);
    },
    ftruncateSync: (descriptor, length) => {
      if (descriptor === trail && isFailing && isStuck) fail();
      realFileSystem.ftruncateSync(descriptor, length);
    },
    fdatasyncSync: (descriptor) => {
      if (descriptor === trail && isFailing) fail();
      realFileSystem.fdatasyncSync(descriptor);
    },
  };
}

for (const isStuck of [false, true]) {
  const how = isStuck ? ', though its line is there to see' : '';

  test(`a decision whose event cannot be flushed is undone${how}`, async () => {
    const confdir = newDirectory();
    const paths = await used(confdir);
    const before = readFileSync(paths.audit);
    let undone: Uint8Array = Buffer.alloc(0);
    const files = failingTrail(isStuck, (line) => {
      undone = line;
    });
    const store = await openStore(confdir, progression, { files });
    await assert.rejects(store.decide(advanced), { code: 'save' });
    await store.release();
    const left = readFileSync(paths.audit);
    assert.equal(left.length > before.length, isStuck);
    const { record } = choiceIn(paths);
    assert.deepEqual([record.next, record.clean], [11n, true]);
    const reading = readTrail(paths.audit, record.undone);
    assert.deepEqual(reading?.bytes, before, 'as far as it counts');
    // The power may fail before anything takes the line's place, and bring it back.
    if (!isStuck) appendFileSync(paths.audit, undone);
    await assertGoesOn(confdir);
    assert.deepEqual(eventsIn(paths).slice(-3), ['stopped', 'started', 'stopped']);
    assert.equal(readLines(readFileSync(paths.audit)).broken, undefined);
    assert.equal(choiceIn(paths).record.undone, undefined, 'it is written over');
  });
}

async function assertGoesOn(confdir: string): Promise<void> {
  const sequence = await openSequence(confdir, progression);
  assert.equal(sequence.next(), 11n);
  await sequence.close();
}

test('an undone line stays undone until another one is durable in its place', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const deciding = await openStore(confdir, progression, { files: failingTrail(true) });
  await assert.rejects(deciding.decide(advanced), { code: 'save' });
  await deciding.release();
  const { undone } = choiceIn(paths).record;
  // An owner that is killed after its first writes, before it tells anything.
  const killed = await openStore(confdir);
  await writeTwice(killed);
  await killed.release();
  assert.equal(choiceIn(paths).record.undone, undone);
  assert.equal(readTrailEnd(paths.audit, realFileSystem, undone).last?.event, 'stopped');
  await assertGoesOn(confdir);
});

async function writeTwice(store: ProgressStore, changes = {}): Promise<void> {
  const write = () => store.saveNow([{ ...store.saved, ...changes }]);
  write();
  write();
}

test('parameters that a killed decision left untold are told by the next owner, first of all', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const killed = await openStore(confdir);
  const parameters = { ...killed.found.parameters, increment: 7 };
  await writeTwice(killed, { parameters });
  await killed.release();
  const refusing = await openStore(confdir);
  refusing.tell('refused', { reason: 'parameters differ' });
  await refusing.release();
  const other = progressionOf({ increment: 7n });
  await (await openSequence(confdir, other)).close();
  const events = ['refused', 'change found', 'started', 'stopped'];
  assert.deepEqual(eventsIn(paths).slice(-4), events);
  const told = readTrail(paths.audit)?.events.at(-3);
  assert.deepEqual(told?.changes, [{ name: 'increment', from: 1, to: 7 }]);
  await (await openSequence(confdir, other)).close();
  assert.deepEqual(eventsIn(paths).slice(-2), ['started', 'stopped'], 'once');
});

test('so is a number, by a decision too', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const killed = await openStore(confdir);
  await writeTwice(killed, { next: 40n });
  await killed.release();
  const deciding = await openStore(confdir);
  await deciding.decide(advanced);
  await deciding.release();
  assert.deepEqual(eventsIn(paths).slice(-2), ['change found', 'advanced']);
  const told = readTrail(paths.audit)?.events.at(-2);
  assert.deepEqual(told?.changes, [{ name: 'next', from: '11', to: '40' }]);
});
