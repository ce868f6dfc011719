import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TxnidError } from '../../../src/errors.js';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { encodeRecord } from '../../../src/progress/file/record.js';
import { readTrailEnd } from '../../../src/progress/trail/open-trail.js';
import { choiceIn, eventsIn, used } from '../../support/fixtures/progress-directory.js';
import {
  openStore,
  progressionOf,
  recordOf,
  strangeOwner,
  temporaryDirectories,
} from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('audit-teller');

test('an event says who told it and when, and what the newest record says', async () => {
  const confdir = newDirectory();
  const { audit, progress } = await used(confdir);
  const time = new Date(1_700_000_000_000);
  const about = { owner: strangeOwner, uid: 4712, wallClock: () => time };
  const slots = [50, 51].map((generation) =>
    encodeRecord(recordOf({ next: 19n, reserved: 65536n, ceiling: 65536n, generation })),
  );
  writeFileSync(progress, Buffer.concat(slots));
  const store = await openStore(confdir, progressionOf(), about);
  const changes = [{ name: 'next', from: '1', to: '19' }];
  store.tellOrThrow('refused', { changes, reason: 'because' });
  const { previous, generation, ...told } = readTrailEnd(audit, realFileSystem).last ?? {};
  assert.deepEqual(told, {
    ...{ time: time.toISOString(), event: 'refused', next: '19', reserved: '65536', changes },
    ...{ uid: 4712, pid: strangeOwner.pid, host: strangeOwner.host, reason: 'because' },
    parameters: { instance: 1, increment: 1 },
  });
  store.tell('refused');
  assert.deepEqual(readTrailEnd(audit, realFileSystem).last?.changes, []);
  await store.release();
});

test('without a trail to go by an event names the first generation', async () => {
  const confdir = newDirectory();
  const { audit, progress } = await used(confdir);
  rmSync(audit);
  const slots = [50, 51].map((generation) => encodeRecord(recordOf({ generation })));
  writeFileSync(progress, Buffer.concat(slots));
  const store = await openStore(confdir);
  store.tell('refused');
  assert.equal(readTrailEnd(audit, realFileSystem).last?.generation, 1);
  await store.release();
});

test('a trail that cannot be written while numbers are served is a warning, no more', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const warnings: TxnidError[] = [];
  const store = await openStore(confdir, progressionOf(), {
    onWarning: (warning) => warnings.push(warning),
  });
  const before = readFileSync(paths.audit);
  store.tell('refused', { reason: 'r'.repeat(200_000) });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['save'],
  );
  assert.deepEqual(readFileSync(paths.audit), before);
  store.tell('refused', { reason: 'parameters differ' });
  assert.equal(eventsIn(paths).at(-1), 'refused');
  await store.release();
});

test('an event that comes before any write of its owner names no record that may be in the cache alone', async () => {
  const confdir = newDirectory();
  const paths = await used(confdir);
  const known = readTrailEnd(paths.audit, realFileSystem).last?.generation ?? 0;
  assert.ok(choiceIn(paths).record.generation > known);
  const store = await openStore(confdir);
  store.tell('refused');
  assert.equal(readTrailEnd(paths.audit, realFileSystem).last?.generation, known);
  await store.release();
});

test('a line that was cut off after its first byte is told', async () => {
  const confdir = newDirectory();
  const { audit } = await used(confdir);
  writeFileSync(audit, '{', { flag: 'a' });
  const warnings: string[] = [];
  const onWarning = ({ message }: TxnidError) => warnings.push(message);
  await (await openStore(confdir, progressionOf(), { onWarning })).release();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /ends in 1 bytes of a line/);
});
