/** How a store ties its parts together: each of them tried by itself, with the others as they are. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { failure, type TxnidError } from '../../src/errors.js';
import { slotsIn } from '../../src/progress/file/content.js';
import { choiceIn, used } from '../support/fixtures/progress-directory.js';
import {
  openStore,
  parametersOf,
  progressionOf,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('store-parts');

test('who watches is told of the flushes of the progress file', async () => {
  const confdir = newDirectory();
  await used(confdir);
  const told: string[] = [];
  const flushWatch = {
    flushBegins: () => {
      told.push('begins');
      return () => told.push('ends');
    },
  };
  const store = await openStore(confdir, progressionOf(), { flushWatch });
  assert.deepEqual(told, []);
  await store.save([{ ...store.found, clean: false }]);
  assert.deepEqual(
    told,
    ['begins', 'ends', 'begins', 'ends'],
    'of what was read, and of the record',
  );
  await store.release();
});

test('a record written before any event carries on the head that was found', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const store = await openStore(confdir);
  const { trailHead, ...found } = store.found;
  assert.match(trailHead ?? '', /^[0-9a-f]{64}$/);
  await store.save([{ ...found, clean: false }]);
  assert.equal(choiceIn(paths).record.trailHead, trailHead);
  await store.release();
});

test('a lock that is lost ends the writing, with that error', async () => {
  const confdir = newDirectory();
  await used(confdir);
  let lose: (error: TxnidError) => void = () => assert.fail('nobody took the lock');
  const locks = {
    takeVisibleLock: async ({ onLost }: { onLost: typeof lose }) => {
      lose = onLost;
      return async () => {};
    },
  };
  const told: TxnidError[] = [];
  const onLost = (error: TxnidError) => told.push(error);
  const store = await openStore(confdir, progressionOf(), { locks, onLost });
  const error = failure('lock-lost', 'Lost', 'find it');
  lose(error);
  assert.deepEqual([told, store.failure], [[error], error]);
  await assert.rejects(store.save([store.found]), { code: 'lock-lost' });
  await store.release();
});

test('a decision is in both slots before the trail is told of it', async (t) => {
  const confdir = newDirectory();
  const { progress } = await used(confdir);
  const progression = progressionOf();
  const store = await openStore(confdir);
  t.mock.method(store, 'saveTrailHeadOrWarn', async () => {});
  const parameters = parametersOf(progression);
  await store.decide({ event: 'advanced', progression, index: 999n, parameters, changes: [] });
  const next = slotsIn(readFileSync(progress)).map((slot) =>
    slot.kind === 'record' ? slot.record.next : slot.kind,
  );
  assert.deepEqual(next, [1000n, 1000n]);
  await store.release();
});

test('a head of the trail that cannot be saved is a warning, a fault of the program is none', async (t) => {
  const confdir = newDirectory();
  await used(confdir);
  const warnings: TxnidError[] = [];
  const onWarning = (warning: TxnidError) => warnings.push(warning);
  const store = await openStore(confdir, progressionOf(), { onWarning });
  const fails = (error: Error) =>
    t.mock.method(store, 'saveTrailHead', async () => {
      throw error;
    }).mock;
  const save = failure('save', 'Cannot save', 'mend it');
  const first = fails(save);
  await store.saveTrailHeadOrWarn();
  const said = warnings.map(({ code, message }) => `${code} ${message}`);
  const expected =
    /^save The exact position is saved, but not where the audit trail ends: Cannot save: mend the disk/;
  assert.match(said.join(), expected);
  first.restore();
  const second = fails(new TypeError('a fault of the program'));
  await assert.rejects(store.saveTrailHeadOrWarn(), TypeError);
  assert.equal(warnings.length, 1);
  second.restore();
  await store.release();
});
