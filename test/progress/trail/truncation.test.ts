/**
 * An audit trail that lacks lines: noticed at the next opening, told once, and no reason not to serve.
 * And what may look like it and is not.
 */

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type ProgressPaths, progressPaths } from '../../../src/progress/file/paths.js';
import { slotBytes } from '../../../src/progress/file/record.js';
import { indexAtOrAbove } from '../../../src/sequence/progression.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { eventsIn, used } from '../../support/fixtures/progress-directory.js';
import {
  openStore,
  parametersOf,
  progressionOf,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';
import { slotOf } from '../../support/fixtures/slot-text.js';

const newDirectory = temporaryDirectories('truncation');
const lacking = /^The audit trail .* lacks lines that the progress file knows of: .*: compare it/;

/** Opens and closes; what there was to warn of. */
async function lives(confdir: string): Promise<string[]> {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  const sequence = await openSequence(confdir, progressionOf(), { onWarning });
  sequence.next();
  await sequence.close();
  return warnings;
}

type Cut = (lines: string[]) => string[];

function cutTrail({ audit }: ProgressPaths, cut: Cut): void {
  writeFileSync(audit, cut(readFileSync(audit, 'utf8').split(/(?<=\n)/)).join(''));
}

const cuts: Readonly<Record<string, Cut>> = {
  'the last line is removed': (lines) => lines.slice(0, -1),
  'the last three lines are removed': (lines) => lines.slice(0, -3),
  'all lines are removed': () => [],
  'the last line is changed': (lines) => [
    ...lines.slice(0, -1),
    (lines.at(-1) ?? '').replace(/"pid":\d+/, '"pid":1'),
  ],
  'the last line is cut in its middle': (lines) => [
    ...lines.slice(0, -1),
    (lines.at(-1) ?? '').slice(0, 100),
  ],
};

for (const [what, cut] of Object.entries(cuts)) {
  test(`it is noticed that ${what}, told once, and nothing is burnt`, async () => {
    const confdir = newDirectory();
    const paths = await used(confdir, { runs: 2 });
    cutTrail(paths, cut);
    const warnings = await lives(confdir);
    assert.equal(warnings.length, 1, warnings.join());
    assert.match(warnings[0] ?? '', lacking);
    assert.ok(warnings[0]?.includes(paths.audit), warnings[0]);
    const [reason = ''] =
      /"reason":"[^"]*lacks lines[^"]*"/.exec(readFileSync(paths.audit, 'utf8')) ?? [];
    assert.ok(reason.includes(paths.audit), 'the trail says so too');
    assert.deepEqual(await lives(confdir), []);
    const told = ['truncation found', 'started', 'stopped', 'started', 'stopped'];
    assert.deepEqual(eventsIn(paths).slice(-5), told);
    const sequence = await openSequence(confdir);
    assert.equal(sequence.next(), 23n);
    await sequence.close();
  });
}

test('it is told once also by starts that go no further', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  cutTrail(paths, (lines) => lines.slice(0, -1));
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  for (let turn = 0; turn < 3; turn++) {
    await (await openStore(confdir, progressionOf(), { onWarning })).release();
  }
  assert.equal(warnings.length, 1);
  assert.deepEqual(eventsIn(paths), ['created', 'started', 'truncation found']);
});

test('a trail that was moved away is missed', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  rmSync(paths.audit);
  assert.match((await lives(confdir)).join(), lacking);
  assert.deepEqual(eventsIn(paths), ['truncation found', 'started', 'stopped']);
});

test('the line of a decision is missed', async () => {
  for (const event of ['accepted', 'advanced'] as const) {
    const confdir = newDirectory();
    const paths = await used(confdir);
    const store = await openStore(confdir);
    const progression = progressionOf();
    const index = indexAtOrAbove(progression, 500n);
    const parameters = parametersOf(progression);
    await store.decide({ event, progression, index, parameters, changes: [] });
    await store.release();
    cutTrail(paths, (lines) => lines.slice(0, -1));
    assert.match((await lives(confdir)).join(), lacking, event);
  }
});

test('the line of a start is missed after a crash, whose moments do not look like it', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const before = readFileSync(paths.progress);
  const sequence = await openSequence(confdir);
  const crashed = readFileSync(paths.progress);
  const trail = readFileSync(paths.audit);
  await sequence.close();
  // The trail is ahead of the record: the crash came before a record named its end.
  for (const progress of [crashed, before]) {
    writeFileSync(paths.audit, trail);
    writeFileSync(paths.progress, progress);
    if (progress === before) cutTrail(paths, (lines) => lines.slice(0, -1));
    assert.deepEqual(await lives(confdir), []);
  }
  writeFileSync(paths.progress, crashed);
  writeFileSync(paths.audit, trail);
  cutTrail(paths, (lines) => lines.slice(0, -1));
  writeFileSync(paths.progress, crashed);
  assert.match((await lives(confdir)).join(), lacking);
});

test('events without a record, as of refused starts, do not look like it', async () => {
  const confdir = newDirectory();
  await used(confdir);
  for (let turn = 0; turn < 3; turn++) {
    const store = await openStore(confdir);
    store.tell('refused', { reason: 'parameters differ' });
    await store.release();
  }
  assert.deepEqual(await lives(confdir), []);
});

test('a line that a power cut tore is told as what it is, and goes', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  appendFileSync(paths.audit, '{"time":"2026-01-01T00:00:00.000Z","event":"sta');
  const warnings = await lives(confdir);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /^The audit trail .* ends in 47 bytes of a line that a crash or a/,
  );
  assert.deepEqual(await lives(confdir), []);
  assert.ok(!eventsIn(paths).includes('truncation found'));
});

test('a first line that was torn, of a file that knows no head yet, is no truncation', async () => {
  const confdir = newDirectory();
  const store = await openStore(confdir);
  await store.release();
  const paths = progressPaths(confdir);
  truncateSync(paths.audit, 50);
  assert.deepEqual(await lives(confdir), []);
  assert.deepEqual(eventsIn(paths), ['created', 'started', 'stopped']);
});

test('the loss of either slot does not look like it', async () => {
  for (const start of [0, slotBytes]) {
    const confdir = newDirectory();
    const { progress } = await used(confdir, { runs: 2 });
    writeFileSync(progress, readFileSync(progress).fill('?', start, start + slotBytes));
    assert.deepEqual(await lives(confdir), []);
  }
});

test('a record of a version that did not know the head is no fault, and the next one knows it', async () => {
  const confdir = newDirectory();
  const { progress } = await used(confdir);
  const headLine = /^trail\.head [0-9a-f]{64}\n/m;
  const bytes = readFileSync(progress);
  const older = [0, slotBytes].map((start) => {
    const text = bytes.toString('utf8', start, start + slotBytes);
    assert.match(text, headLine);
    return slotOf(
      text
        .slice(text.indexOf('\n') + 1)
        .replace(headLine, '')
        .trimEnd()
        .concat('\n'),
    );
  });
  writeFileSync(progress, Buffer.concat(older));
  assert.deepEqual(await lives(confdir), []);
  assert.match(readFileSync(progress, 'utf8'), headLine);
});
