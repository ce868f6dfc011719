import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { progressPaths } from '../../src/progress/file/paths.js';
import { slotBytes } from '../../src/progress/file/record.js';
import { indexAtOrAbove } from '../../src/sequence/progression.js';
import { openSequence } from '../simulation/open-sequence.js';
import { choiceIn, eventsIn, used } from '../support/fixtures/progress-directory.js';
import {
  openStore,
  parametersOf,
  progressionOf,
  strangeOwner,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('store');

/** Advances a stopped instance to the first number at or above this one. */
async function advance(confdir: string, number: bigint, progression = progressionOf()) {
  const store = await openStore(confdir, progression);
  try {
    const index = indexAtOrAbove(progression, number);
    const changes = [{ name: 'next', from: String(store.found.next), to: String(number) }];
    const parameters = parametersOf(progression);
    await store.decide({ event: 'advanced', progression, index, parameters, changes });
  } finally {
    await store.release();
  }
}

async function nextOf(confdir: string, progression = progressionOf()): Promise<bigint> {
  const sequence = await openSequence(confdir, progression);
  const next = sequence.next();
  await sequence.close();
  return next;
}

test('what an operator decided holds exactly, whichever slot is lost', async () => {
  for (const lost of [undefined, 0, 1]) {
    const confdir = newDirectory();
    const paths = await used(confdir);
    await advance(confdir, 10n ** 12n);
    if (lost !== undefined) {
      const start = lost * slotBytes;
      const bytes = readFileSync(paths.progress).fill('?', start, start + slotBytes);
      writeFileSync(paths.progress, bytes);
    }
    assert.equal(await nextOf(confdir), 10n ** 12n);
    assert.deepEqual(eventsIn(paths).slice(-3), ['advanced', 'started', 'stopped']);
  }
});

test('a crash after a jump forward does not fall back behind it', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  await advance(confdir, 10n ** 12n);
  const running = await openSequence(confdir);
  const { last } = running.take(1000);
  const asCrashed = readFileSync(paths.progress);
  await running.close();
  for (const lost of [undefined, 0, 1]) {
    const heir = newDirectory();
    const bytes = Buffer.from(asCrashed);
    if (lost !== undefined) bytes.fill('?', lost * slotBytes, (lost + 1) * slotBytes);
    writeFileSync(progressPaths(heir).progress, bytes);
    assert.ok((await nextOf(heir)) > last);
  }
});

test('another progression goes on at its first number above all that was handed out', async () => {
  const confdir = newDirectory();
  await used(confdir, { count: 100 });
  const progression = progressionOf({ instance: 2n, increment: 32767n });
  await advance(confdir, 101n, progression);
  assert.equal(await nextOf(confdir, progression), 32769n);
});

test('a decision that cannot be told to the trail is taken back', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const store = await openStore(confdir);
  const progression = progressionOf();
  const parameters = { ...parametersOf(progression), port: 1 };
  const changes = [{ name: 'allow', from: null, to: 'a'.repeat(200_000) }];
  const decision = { event: 'accepted', progression, index: 5000n, parameters, changes } as const;
  await assert.rejects(store.decide(decision), { code: 'save' });
  await store.release();
  assert.equal(await nextOf(confdir), 11n);
  assert.deepEqual(choiceIn(paths).record.parameters, parametersOf(progression));
  assert.ok(!eventsIn(paths).includes('accepted'));
});

test('a creation that fails half way is refused, and made good by the next start', async () => {
  const confdir = newDirectory();
  const paths = progressPaths(confdir);
  const owner = { ...strangeOwner, host: 'h'.repeat(200_000) };
  await assert.rejects(openStore(confdir, progressionOf(), { owner }), { code: 'save' });
  assert.equal(existsSync(paths.lock), false);
  assert.equal(await nextOf(confdir), 1n);
  assert.deepEqual(eventsIn(paths), ['created', 'started', 'stopped']);
});

test('a store that is opened and released changes nothing', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const before = [paths.progress, paths.audit].map((path) => readFileSync(path));
  const store = await openStore(confdir);
  assert.equal(store.found.next, 11n);
  await store.release();
  assert.deepEqual(
    [paths.progress, paths.audit].map((path) => readFileSync(path)),
    before,
  );
});

test('the confdir itself may be reached through a symbolic link', async () => {
  const confdir = newDirectory();
  const link = `${confdir}.link`;
  symlinkSync(confdir, link);
  assert.equal(await nextOf(link), 1n);
  assert.equal(await nextOf(confdir), 2n);
});
