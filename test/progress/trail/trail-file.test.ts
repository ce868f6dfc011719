/** The trail's file: read whole, its end found however it was cut off, and closed again. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import { auditLineBytesMax } from '../../../src/progress/trail/event.js';
import { readTrailEnd } from '../../../src/progress/trail/open-trail.js';
import { readTrail } from '../../../src/progress/trail/reader.js';
import { AuditTrail } from '../../../src/progress/trail/trail.js';
import { entryOf, temporaryDirectories } from '../../support/fixtures/progress-fixture.js';
import {
  assertNothingLeftOpen,
  failing,
  failingOnce,
  withFs,
} from '../../support/fixtures/watched-fs.js';

const newDirectory = temporaryDirectories('trail-file');
const newPath = () => join(newDirectory(), 'txnid.audit');

/** A trail of its own whose last event has a reason of so many characters. */
function trailWith(...reasonLengths: number[]): string {
  const path = newPath();
  const trail = AuditTrail.open(path, realFileSystem);
  for (const [index, length] of reasonLengths.entries()) {
    trail.append(entryOf({ generation: index + 1, reason: 'x'.repeat(length) }));
  }
  trail.close();
  return path;
}

/** Length of the reason of an event whose line is the longest there may be. */
function longestReason(): number {
  return auditLineBytesMax - statSync(trailWith(0)).size;
}

test('a trail is read whole, and one that is not there is none', () => {
  assert.equal(readTrail(newPath()), undefined);
  const { events, broken } = readTrail(trailWith(1, 2, 3)) ?? assert.fail('there is a trail');
  assert.deepEqual([events.map(({ generation }) => generation), broken], [[1, 2, 3], undefined]);
});

test('the last whole line is found before half a line that is as long as one may be', () => {
  const path = trailWith(5, longestReason());
  appendFileSync(path, 'x'.repeat(auditLineBytesMax - 1));
  assert.equal(readTrailEnd(path, realFileSystem).last?.generation, 2);
});

test('a file without an end of a line is a trail cut off at its start, unless it is too long', () => {
  const path = newPath();
  writeFileSync(path, 'x'.repeat(2 * auditLineBytesMax));
  assert.equal(readTrailEnd(path, realFileSystem).last, undefined);
  appendFileSync(path, 'x');
  assert.throws(() => readTrailEnd(path, realFileSystem).last, {
    code: 'state',
    message: /its last line has no end/,
  });
});

test('what is in the place of a trail is named for what it is', async (t) => {
  const linked = trailWith(1);
  linkSync(linked, `${linked}.other`);
  assert.throws(() => readTrail(linked), { code: 'state', message: /it has a second hard link/ });
  const directory = newPath();
  mkdirSync(directory);
  assert.throws(() => readTrail(directory), { code: 'state', message: /not a regular file/ });
  const link = newPath();
  symlinkSync(trailWith(1), link);
  const socket = newPath();
  const server = createServer().listen(socket);
  t.after(() => server.close());
  await once(server, 'listening');
  for (const [path, what] of [
    [link, 'it is a symbolic link'],
    [directory, 'it is not a regular file'],
    [socket, 'it is not a regular file'],
  ] as const) {
    const remedy = 'restore it from a backup, or move it away to begin a new one';
    const message = `Cannot use the audit trail ${path}: ${what}: ${remedy}`;
    assert.throws(() => AuditTrail.open(path, realFileSystem), { code: 'state', message });
  }
});

test('the lines of a trail are there as they are, or an error is', () => {
  const path = trailWith(1, 2, 3);
  const whole = readFileSync(path);
  appendFileSync(path, 'a line that was cut off');
  const trail = AuditTrail.open(path, realFileSystem);
  assert.deepEqual(Buffer.from(trail.bytes()), whole);
  withFs({ readSync: failing('EIO') }, () => {
    const message = `Cannot use the audit trail ${path}: EIO: injected: mend the disk, then start again`;
    assert.throws(() => trail.bytes(), { code: 'save', message });
  });
  trail.close();
});

test('a trail that may not be read is a matter of privileges, one that cannot be of the disk or its state', () => {
  const path = trailWith(1);
  for (const [code, kind, remedy] of [
    ['EACCES', 'privilege', 'run txnid as the user that owns it'],
    ['EPERM', 'privilege', 'run txnid as the user that owns it'],
    ['EIO', 'save', 'mend the disk, then start again'],
    ['EINVAL', 'state', 'restore it from a backup, or move it away to begin a new one'],
  ] as const) {
    const message = `Cannot use the audit trail ${path}: ${code}: injected: ${remedy}`;
    const read = () => withFs({ openSync: failing(code) }, () => readTrail(path));
    assert.throws(read, { code: kind, message });
  }
});

test('whatever comes of a trail, nothing of it is left open', () => {
  const good = trailWith(1);
  const bad = trailWith(1);
  appendFileSync(bad, 'no event\n');
  assertNothingLeftOpen(() => {
    readTrail(good);
    readTrail(bad);
    readTrailEnd(good, realFileSystem).last;
    assert.throws(() => readTrailEnd(bad, realFileSystem).last, { code: 'state' });
    assert.throws(() => AuditTrail.open(bad, realFileSystem), { code: 'state' });
    linkSync(good, `${good}.other`);
    assert.throws(() => AuditTrail.open(good, realFileSystem), { code: 'state' });
    withFs({ fstatSync: failingOnce('EIO') }, () => {
      assert.throws(() => readTrailEnd(good, realFileSystem).last, { code: 'save' });
    });
    const trail = AuditTrail.open(newPath(), realFileSystem);
    trail.create();
    trail.close();
    trail.close();
  });
});
