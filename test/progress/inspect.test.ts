import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { test } from 'node:test';
import { progressPaths } from '../../src/progress/file/paths.js';
import { type InspectSystem, inspectProgress } from '../../src/progress/inspect.js';
import { openSequence } from '../simulation/open-sequence.js';
import { bytesOf, choiceIn, used } from '../support/fixtures/progress-directory.js';
import { temporaryDirectories } from '../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('inspect');

const nobody: InspectSystem = { flockHolder: () => undefined, isAlive: () => false };

test('an empty confdir is nothing to complain of, and stays empty', () => {
  const confdir = newDirectory();
  const { choice, error, holder, lastEvent } = inspectProgress(confdir, nobody);
  assert.deepEqual(
    [choice, error, holder, lastEvent],
    [undefined, undefined, undefined, undefined],
  );
  assert.equal(bytesOf(progressPaths(confdir).progress), undefined);
});

test('beside a running owner it reads what is durable, and says whose it is', async () => {
  const confdir = newDirectory();
  const sequence = await openSequence(confdir);
  sequence.take(200_000);
  const seen = inspectProgress(confdir, { ...nobody, isAlive: ({ pid }) => pid === process.pid });
  assert.equal(seen.error, undefined);
  assert.equal(seen.holder, process.pid);
  assert.equal(seen.choice?.record.reserved, sequence.reserved);
  assert.equal(seen.lastEvent?.event, 'started');
  await sequence.close();
  assert.equal(inspectProgress(confdir, nobody).choice?.record.next, 200_001n);
});

test('the flock tells the owner more surely than the record', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const system = { flockHolder: () => 4711, isAlive: () => true };
  assert.equal(inspectProgress(confdir, system).holder, 4711);
  const afterStop = { ...nobody, isAlive: () => true };
  assert.equal(inspectProgress(confdir, afterStop).holder, undefined, 'it stopped cleanly');
  assert.equal(choiceIn(paths).record.clean, true);
});

test('what a start would be refused with is found without touching anything', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  copyFileSync(paths.progress, `${paths.progress}.older`);
  await used(confdir);
  const states: [RegExp, () => void][] = [
    [/older copy/, () => copyFileSync(`${paths.progress}.older`, paths.progress)],
    [/is truncated/, () => truncateSync(paths.progress, 5000)],
    [/is empty/, () => truncateSync(paths.progress, 0)],
    [/is missing/, () => rmSync(paths.progress)],
    [/not a regular file/, () => mkdirSync(paths.progress)],
  ];
  for (const [message, make] of states) {
    make();
    const before = bytesOf(paths.progress);
    const { error } = inspectProgress(confdir, nobody);
    assert.equal(error?.code, 'state');
    assert.match(error?.message ?? '', message);
    await assert.rejects(openSequence(confdir), { message: error?.message });
    assert.deepEqual(bytesOf(paths.progress), before);
  }
});

test('a trail that cannot be trusted shows', async () => {
  const confdir = newDirectory();
  const { audit } = await used(confdir);
  appendFileSync(audit, 'garbage\n');
  assert.match(inspectProgress(confdir, nobody).error?.message ?? '', /audit trail/);
  assert.match(readFileSync(audit, 'utf8'), /garbage\n$/);
});
