import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { realFileSystem } from '../../../src/progress/file/file-system.js';
import {
  auditLineBytesMax,
  chainStart,
  decodeEvent,
  hashLine,
} from '../../../src/progress/trail/event.js';
import { readTrailEnd } from '../../../src/progress/trail/open-trail.js';
import { AuditTrail } from '../../../src/progress/trail/trail.js';
import { entryOf, temporaryDirectories } from '../../support/fixtures/progress-fixture.js';

const newDirectory = temporaryDirectories('audit');
const newPath = () => join(newDirectory(), 'txnid.audit');

/** A trail of its own with so many events, of generations 1, 2, 3 … */
function trailOf(count: number): string {
  const path = newPath();
  const trail = AuditTrail.open(path, realFileSystem);
  for (let generation = 1; generation <= count; generation++) trail.append(entryOf({ generation }));
  trail.close();
  return path;
}

function append(path: string, generation: number): void {
  const trail = AuditTrail.open(path, realFileSystem);
  trail.append(entryOf({ generation }));
  trail.close();
}

/** Generations of all events; fails unless every line is one and carries the hash of the one before. */
function wholeChain(path: string): number[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines.pop(), '', 'the last line is whole');
  let previous = chainStart;
  return lines.map((line) => {
    const event = decodeEvent(line);
    assert.equal(event?.previous, previous);
    previous = hashLine(line);
    return event?.generation ?? 0;
  });
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

test('a confdir without a trail has no last event, and reading makes none', () => {
  const path = newPath();
  assert.equal(readTrailEnd(path, realFileSystem).last, undefined);
  assert.equal(AuditTrail.open(path, realFileSystem).last, undefined);
  assert.throws(() => statSync(path), { code: 'ENOENT' });
});

test('every line carries the hash of the one before, over many events and openings', () => {
  const path = trailOf(120);
  for (let generation = 121; generation <= 140; generation++) append(path, generation);
  assert.deepEqual(wholeChain(path), upTo(140));
  assert.equal(readTrailEnd(path, realFileSystem).last?.generation, 140);
});

test('the trail is readable by its owner only', () => {
  assert.equal(statSync(trailOf(1)).mode & 0o777, 0o600);
});

test('the longest line allowed is read back, and a longer one is refused, not written', () => {
  const path = trailOf(1);
  const trail = AuditTrail.open(path, realFileSystem);
  const bare = JSON.stringify({ ...entryOf({ reason: '' }), previous: chainStart }).length + 1;
  const reasonOf = (length: number) => entryOf({ reason: 'r'.repeat(length - bare) });
  const before = readFileSync(path);
  for (const length of [auditLineBytesMax + 1, 4 * auditLineBytesMax]) {
    assert.throws(() => trail.append(reasonOf(length)), { code: 'save', message: /too long/ });
  }
  assert.deepEqual(readFileSync(path), before);
  trail.append(reasonOf(auditLineBytesMax));
  trail.append(reasonOf(auditLineBytesMax));
  trail.close();
  append(path, 4);
  assert.deepEqual(wholeChain(path), [1, 1, 1, 4]);
});

test('an append that a crash cut off never counted, wherever it was cut', () => {
  const whole = readFileSync(trailOf(3));
  const start = whole.lastIndexOf('\n', whole.length - 2) + 1;
  for (const length of [start, start + 1, start + 100, whole.length - 1]) {
    const path = newPath();
    writeFileSync(path, whole.subarray(0, length));
    assert.equal(readTrailEnd(path, realFileSystem).last?.generation, 2, `${length} bytes`);
    append(path, 7);
    assert.deepEqual(wholeChain(path), [1, 2, 7]);
  }
});

test('the first append that a crash cut off leaves a trail with no event', () => {
  const path = trailOf(1);
  truncateSync(path, 20);
  assert.equal(readTrailEnd(path, realFileSystem).last, undefined);
  append(path, 1);
  assert.deepEqual(wholeChain(path), [1]);
});

test('zeros that a power cut left behind the last line go', () => {
  const path = trailOf(2);
  appendFileSync(path, Buffer.alloc(3000));
  append(path, 3);
  assert.deepEqual(wholeChain(path), [1, 2, 3]);
});

test('an append whose first sectors a power cut lost never counted, though its end is there', () => {
  const whole = readFileSync(trailOf(3));
  const start = whole.lastIndexOf('\n', whole.length - 2) + 1;
  for (const lost of [1, 100, whole.length - start - 1]) {
    const path = newPath();
    writeFileSync(path, Buffer.from(whole).fill(0, start, start + lost));
    assert.equal(readTrailEnd(path, realFileSystem).last?.generation, 2, `${lost} bytes lost`);
    append(path, 3);
    assert.deepEqual(wholeChain(path), [1, 2, 3]);
  }
});

test('the first append that a power cut tore leaves a trail with no event', () => {
  const path = trailOf(1);
  writeFileSync(path, readFileSync(path).fill(0, 0, 100));
  assert.equal(readTrailEnd(path, realFileSystem).last, undefined);
  append(path, 1);
  assert.deepEqual(wholeChain(path), [1]);
});

test('a last line that is whole and no event is refused, with the bytes left alone', () => {
  const whole = readFileSync(trailOf(2), 'utf8');
  const tails = ['garbage\n', '\n', '{}\n', `${'x'.repeat(300_000)}\n`, 'x'.repeat(300_000)];
  for (const content of [...tails.map((tail) => whole + tail), ...tails]) {
    const path = newPath();
    writeFileSync(path, content);
    const refused = { name: 'TxnidError', code: 'state', message: /Cannot use the audit trail/ };
    assert.throws(() => AuditTrail.open(path, realFileSystem), refused);
    assert.throws(() => readTrailEnd(path, realFileSystem).last, refused);
    assert.equal(readFileSync(path, 'utf8'), content);
  }
});

test('what is not one regular file is refused', () => {
  const makers: [string, (path: string) => void][] = [
    ['a directory', (path) => mkdirSync(path)],
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a symbolic link', (path) => symlinkSync(trailOf(1), path)],
    ['a dangling symbolic link', (path) => symlinkSync('nowhere', path)],
    ['a second hard link', (path) => linkSync(trailOf(1), path)],
  ];
  for (const [name, make] of makers) {
    const path = newPath();
    make(path);
    assert.throws(
      () => AuditTrail.open(path, realFileSystem),
      { name: 'TxnidError', code: 'state' },
      name,
    );
    assert.throws(
      () => readTrailEnd(path, realFileSystem).last,
      { name: 'TxnidError', code: 'state' },
      name,
    );
  }
});

test('a file that appears between the look and the first append is not appended to', () => {
  const path = newPath();
  const trail = AuditTrail.open(path, realFileSystem);
  writeFileSync(path, 'somebody else');
  assert.throws(() => trail.append(entryOf()), { code: 'save' });
  assert.equal(readFileSync(path, 'utf8'), 'somebody else');
});

test('a disk that fills up in the middle of a line leaves the trail as it was', () => {
  const path = newPath();
  const script = fileURLToPath(new URL('../../simulation/limited-trail.js', import.meta.url));
  // ulimit -f: blocks of 512 bytes; a write is cut at the limit as one is at the end of a disk.
  const command = `ulimit -f 4; unset NODE_V8_COVERAGE; exec "${process.execPath}" "${script}" "${path}"`;
  const { appended, code, generation } = JSON.parse(
    execFileSync('sh', ['-c', command], { encoding: 'utf8' }),
  );
  assert.equal(code, 'save');
  assert.ok(appended >= 3 && appended === generation);
  assert.deepEqual(wholeChain(path), upTo(appended), 'no half of a line is left');
  assert.ok(statSync(path).size < 2048);
  append(path, appended + 1);
  assert.deepEqual(wholeChain(path), upTo(appended + 1));
});

test('a trail that ends in more than a line without its end is no trail', () => {
  const path = trailOf(2);
  appendFileSync(path, 'x'.repeat(2 * auditLineBytesMax));
  const message = /^Cannot use the audit trail .*: its last line has no end: restore it/;
  assert.throws(() => readTrailEnd(path, realFileSystem).last, { code: 'state', message });
});
