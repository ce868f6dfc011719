/** What must be on the disk before what, and what is given back when it fails. */

import assert from 'node:assert/strict';
import { closeSync, existsSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { createProgressFile } from '../../src/progress/file/create.js';
import { realFileSystem } from '../../src/progress/file/file-system.js';
import { openProgressFile } from '../../src/progress/file/open-file.js';
import { type ProgressPaths, progressPaths } from '../../src/progress/file/paths.js';
import { AuditTrail } from '../../src/progress/trail/trail.js';
import {
  entryOf,
  recordOf,
  system,
  temporaryDirectories,
} from '../support/fixtures/progress-fixture.js';
import { assertNothingLeftOpen, callsOf, failing, withFs } from '../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('durability');
const record = recordOf();

function create(paths: ProgressPaths): boolean {
  const descriptor = createProgressFile(paths, record, system, realFileSystem);
  if (descriptor !== undefined) closeSync(descriptor);
  return descriptor !== undefined;
}

test('a new progress file is flushed before it has its name, and the name before it is used', () => {
  const paths = progressPaths(newDirectory());
  const confdir = basename(dirname(paths.progress));
  assert.deepEqual(
    callsOf(() => create(paths)),
    [
      'writeSync txnid.dat.new',
      'fsyncSync txnid.dat.new',
      'linkSync txnid.dat.new',
      `fsyncSync ${confdir}`,
      'rmSync txnid.dat.new',
      `fsyncSync ${confdir}`,
    ],
  );
});

test('a start that finishes a creation makes the name durable before the first one goes', async () => {
  const confdir = newDirectory();
  const paths = progressPaths(confdir);
  create(paths);
  linkSync(paths.progress, paths.unborn);
  const calls = callsOf(() => {
    const descriptor = openProgressFile(paths, system, realFileSystem);
    if (descriptor !== undefined) closeSync(descriptor);
  });
  const names = basename(confdir);
  assert.deepEqual(calls, [`fsyncSync ${names}`, 'rmSync txnid.dat.new', `fsyncSync ${names}`]);
});

test('a first start that comes second takes its own file away, durably, and leaves the other', () => {
  const paths = progressPaths(newDirectory());
  const confdir = basename(dirname(paths.progress));
  writeFileSync(paths.progress, 'of somebody else');
  const calls = callsOf(() => assertNothingLeftOpen(() => assert.equal(create(paths), false)));
  assert.deepEqual(calls.slice(2), [
    'linkSync txnid.dat.new',
    'rmSync txnid.dat.new',
    `fsyncSync ${confdir}`,
  ]);
  assert.equal(readFileSync(paths.progress, 'utf8'), 'of somebody else');
});

const reservedBytes = 100;
const failures = [
  ['the disk fills', 'save', /only 100 bytes/, { writeSync: () => () => reservedBytes }],
  [
    'the flush fails',
    'save',
    /^Cannot create [^:]*: EIO: injected: mend the disk/,
    { fsyncSync: failing('EIO') },
  ],
  ['the name is refused', 'save', /EIO/, { linkSync: failing('EIO') }],
  ['the confdir may not be written', 'privilege', /EACCES/, { openSync: failing('EACCES') }],
  ['nothing is permitted', 'privilege', /give this user/, { openSync: failing('EPERM') }],
  ['the confdir is gone', 'settings', /make the confdir/, { openSync: failing('ENOENT') }],
] as const;

for (const [what, code, message, replaced] of failures) {
  test(`where ${what} while it is created, there is no progress file, and nothing left open`, () => {
    const paths = progressPaths(newDirectory());
    assertNothingLeftOpen(() => {
      assert.throws(() => withFs(replaced, () => create(paths)), {
        name: 'TxnidError',
        code,
        message,
      });
    });
    assert.equal(existsSync(paths.progress), false);
  });
}

test('an event is flushed when it counts, and so is the name of a trail that it begins', () => {
  const paths = progressPaths(newDirectory());
  const confdir = basename(dirname(paths.audit));
  const trail = AuditTrail.open(paths.audit, realFileSystem);
  const expected = ['writeSync txnid.audit', 'fdatasyncSync txnid.audit'];
  assert.deepEqual(
    callsOf(() => trail.append(entryOf())),
    [`fsyncSync ${confdir}`, ...expected],
  );
  assert.deepEqual(
    callsOf(() => trail.append(entryOf())),
    expected,
  );
  trail.close();
});

test('an event that cannot be flushed does not count, and the fault says why', () => {
  const paths = progressPaths(newDirectory());
  const trail = AuditTrail.open(paths.audit, realFileSystem);
  trail.append(entryOf({ generation: 1 }));
  const message = `Cannot write the audit trail ${paths.audit}: EIO: injected: mend the disk or make room on it, then try again`;
  assert.throws(
    () => withFs({ fdatasyncSync: failing('EIO') }, () => trail.append(entryOf({ generation: 2 }))),
    { code: 'save', message },
  );
  assert.equal(trail.last?.generation, 1);
  trail.close();
});

test('an event of which only half was written does not count, and leaves no half', () => {
  const paths = progressPaths(newDirectory());
  const trail = AuditTrail.open(paths.audit, realFileSystem);
  trail.append(entryOf({ generation: 1 }));
  const before = readFileSync(paths.audit);
  const half = (real: (...values: unknown[]) => unknown) => (descriptor: unknown, bytes: unknown) =>
    real(descriptor, bytes, 0, 100, before.length);
  const append = () => trail.append(entryOf({ generation: 2 }));
  const message = /only 100 of \d+ bytes were written/;
  assert.throws(() => withFs({ writeSync: half }, append), { code: 'save', message });
  assert.deepEqual(readFileSync(paths.audit), before);
  trail.close();
});

test('a head is durable once its line was flushed by its owner, and in doubt after an append that failed', () => {
  const { audit } = progressPaths(newDirectory());
  const first = AuditTrail.open(audit, realFileSystem);
  assert.equal(first.tornBytes, 0);
  first.append(entryOf());
  assert.equal(first.durableHead, first.head);
  assert.equal(first.tornBytes, 0);
  first.close();
  const trail = AuditTrail.open(audit, realFileSystem);
  assert.equal(trail.head, first.head);
  assert.equal(trail.durableHead, undefined, 'it was only read');
  trail.append(entryOf());
  assert.equal(trail.durableHead, trail.head);
  const append = () => trail.append(entryOf());
  withFs({ fdatasyncSync: failing('EIO') }, () => assert.throws(append, { code: 'save' }));
  assert.equal(trail.durableHead, undefined, 'what is on the disk now is not known');
  const calls = callsOf(append).map((call) => call.split(' ')[0]);
  assert.deepEqual(calls, ['writeSync', 'fdatasyncSync', 'writeSync', 'fdatasyncSync']);
  trail.close();
});
