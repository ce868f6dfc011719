/** An audit trail that others cut while it is open, as copytruncate does, and the holes that are left by that. */

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TxnidError } from '../../../src/errors.js';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { chainStart, encodeEvent, hashLine } from '../../../src/progress/trail/event.js';
import { readTrailEnd } from '../../../src/progress/trail/open-trail.js';
import { readLines } from '../../../src/progress/trail/reader.js';
import { AuditTrail } from '../../../src/progress/trail/trail.js';
import { openSequence } from '../../simulation/open-sequence.js';
import { eventsIn, used } from '../../support/fixtures/progress-directory.js';
import {
  entryOf,
  openStore,
  progressionOf,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('trail-hole');
const newPath = () => join(newDirectory(), 'txnid.audit');
const lineOf = (generation: number, previous = chainStart) =>
  encodeEvent({ ...entryOf({ generation }), previous });

for (const zeros of [1, 512, 100_000]) {
  test(`an event behind a hole of ${zeros} bytes is the last one, and the trail goes on from it`, () => {
    const path = newPath();
    writeFileSync(path, Buffer.concat([Buffer.alloc(zeros), Buffer.from(lineOf(5))]));
    const { last, head, tornBytes, bytes } = readTrailEnd(path, realFileSystem);
    assert.deepEqual([last?.generation, tornBytes], [5, 0]);
    assert.equal(head, hashLine(lineOf(5).slice(0, -1)), 'its hash is that of the line alone');
    assert.equal(bytes, zeros + lineOf(5).length);
    const trail = AuditTrail.open(path, realFileSystem);
    trail.append(entryOf({ generation: 6 }));
    trail.close();
    const { events, broken } = readLines(readFileSync(path));
    assert.deepEqual(
      events.map(({ generation }) => generation),
      [5, 6],
    );
    assert.deepEqual(broken?.line, 1);
    assert.match(broken?.what ?? '', new RegExp(`after ${zeros} zero bytes: the file was emptied`));
  });

  test(`${zeros} zeros at the end are torn, and the next event takes their place`, () => {
    const path = newPath();
    writeFileSync(path, lineOf(5));
    appendFileSync(path, Buffer.alloc(zeros));
    appendFileSync(path, 'half of a line"}\n');
    const { last, tornBytes } = readTrailEnd(path, realFileSystem);
    assert.deepEqual([last?.generation, tornBytes], [5, zeros + 17]);
    const trail = AuditTrail.open(path, realFileSystem);
    trail.append(entryOf({ generation: 6 }));
    trail.close();
    const { events, broken } = readLines(readFileSync(path));
    assert.deepEqual([events.length, broken], [2, undefined]);
  });
}

test('a file of nothing but zeros is an empty trail', () => {
  const path = newPath();
  writeFileSync(path, Buffer.alloc(70_000));
  assert.deepEqual(
    [readTrailEnd(path, realFileSystem).last, readTrailEnd(path, realFileSystem).tornBytes],
    [undefined, 70_000],
  );
});

const cuts: Readonly<Record<string, (path: string) => void>> = {
  emptied: (path) => truncateSync(path, 0),
  'cut by a line': (path) => {
    const text = readFileSync(path, 'utf8');
    truncateSync(path, text.lastIndexOf('\n', text.length - 2) + 1);
  },
  'cut within a line': (path) => truncateSync(path, 20),
  'written over at the same length': (path) => {
    const text = readFileSync(path, 'utf8');
    const [first = ''] = text.split(/(?<=\n)/);
    writeFileSync(path, `${first}${' '.repeat(text.length - first.length)}`);
  },
};

for (const [what, cut] of Object.entries(cuts)) {
  test(`a trail that is ${what} under its owner is told of, and stays one`, async () => {
    const confdir = newDirectory();
    const paths = await used(confdir);
    const warnings: string[] = [];
    const onWarning = ({ message }: TxnidError) => warnings.push(message);
    const sequence = await openSequence(confdir, progressionOf(), { onWarning });
    cut(paths.audit);
    await sequence.close();
    assert.match(warnings.join(), /was cut or written by somebody else while this process had it/);
    assert.deepEqual(eventsIn(paths).slice(-2), ['truncation found', 'stopped']);
    const { broken, events } = readLines(readFileSync(paths.audit));
    assert.equal(broken, undefined);
    assert.match(String(events.at(-2)?.changes[0]?.from), /^[0-9a-f]{64}$/);
    await (await openSequence(confdir)).close();
  });
}

test('a line that somebody else appended is no truncation: the trail goes on behind it', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const store = await openStore(confdir);
  store.tell('refused');
  const { head, last } = readTrailEnd(paths.audit, realFileSystem);
  appendFileSync(paths.audit, lineOf(last?.generation ?? 0, head));
  store.tell('refused');
  await store.release();
  assert.deepEqual(eventsIn(paths).slice(-3), ['refused', 'started', 'refused']);
  assert.equal(readLines(readFileSync(paths.audit)).broken, undefined);
});
