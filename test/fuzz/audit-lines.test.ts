import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { TxnidError } from '../../src/errors.js';
import { realFileSystem } from '../../src/progress/file/file-system.js';
import {
  type AuditEvent,
  chainStart,
  decodeEvent,
  encodeEvent,
  endOfWhole,
  hashLine,
} from '../../src/progress/trail/event.js';
import { type AuditReading, readLines } from '../../src/progress/trail/reader.js';
import { type AuditEntry, AuditTrail } from '../../src/progress/trail/trail.js';
import { entryOf, temporaryDirectories } from '../support/fixtures/progress-fixture.js';
import { byteEdits, edited } from './byte-edits.js';
import { fuzz } from './fuzz.js';

const directory = temporaryDirectories('fuzz-audit')();

const word = fc.string({ unit: 'grapheme', maxLength: 12 });
const entries = fc.record({
  event: fc.constantFrom<AuditEvent['event'][]>('created', 'started', 'stopped', 'accepted'),
  generation: fc.nat(),
  next: fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String),
  host: word,
  reason: word,
});

/** Something done to whole lines; places are taken modulo their number. */
type LineEdit =
  | { readonly kind: 'drop' | 'double' | 'swap'; readonly at: number }
  | { readonly kind: 'forge'; readonly at: number; readonly host: string };

const lineEdit: fc.Arbitrary<LineEdit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('drop', 'double', 'swap'), at: fc.nat(40) }),
  fc.record({ kind: fc.constant('forge' as const), at: fc.nat(40), host: word }),
);

interface Tampered {
  /** The lines as they were written, without newlines. */
  readonly lines: readonly string[];
  readonly bytes: Buffer;
}

const tampered: fc.Arbitrary<Tampered> = fc
  .record({
    written: fc.array(entries, { minLength: 1, maxLength: 8 }),
    lineEdits: fc.array(lineEdit, { maxLength: 2 }),
    edits: byteEdits(2),
  })
  .map(({ written, lineEdits, edits }) => {
    const lines = chained(written.map((changes) => entryOf(changes)));
    const text = lineEdits.reduce(editLines, lines).map((line) => `${line}\n`);
    return { lines, bytes: edited(Buffer.from(text.join('')), edits) };
  });

function chained(written: readonly AuditEntry[]): readonly string[] {
  let previous = chainStart;
  return written.map((entry) => {
    const line = encodeEvent({ ...entry, previous }).slice(0, -1);
    previous = hashLine(line);
    return line;
  });
}

function editLines(lines: readonly string[], edit: LineEdit): readonly string[] {
  if (lines.length === 0) return lines;
  const at = edit.at % lines.length;
  const line = lines[at] ?? '';
  const around = (...middle: string[]) => [
    ...lines.slice(0, at),
    ...middle,
    ...lines.slice(at + 1),
  ];
  switch (edit.kind) {
    case 'drop':
      return around();
    case 'double':
      return around(line, line);
    case 'swap':
      return at === 0 ? lines : lines.with(at, lines[at - 1] ?? '').with(at - 1, line);
    case 'forge':
      return around(JSON.stringify({ ...JSON.parse(line), host: edit.host }));
  }
}

type ReadLines = (trail: Uint8Array) => AuditReading;

fuzz('every edit of a trail shows at its line or the next, but for the end of the last one', {
  cases: tampered,
  runs: 4000,
  target: readLines satisfies ReadLines as ReadLines,
  canary: {
    bug: 'a verification that skips one line',
    target: (trail) => {
      const reading = readLines(trail);
      return reading.broken?.line === 3 ? { ...reading, broken: undefined } : reading;
    },
  },
  check: ({ lines, bytes }, read) => {
    const whole = Buffer.from(bytes.subarray(0, endOfWhole(bytes)));
    const found = whole.toString('latin1').split('\n').slice(0, -1);
    const written = lines.map((line) => Buffer.from(line).toString('latin1'));
    const first = found.findIndex((line, at) => line !== written[at]);
    const { broken, events } = read(bytes);
    assert.ok(events.length <= found.length);
    if (first < 0) {
      assert.equal(broken, undefined);
      return;
    }
    // The chain covers a line by the one after it: of the last one only its place in the chain shows.
    const isLast = first === found.length - 1;
    if (broken === undefined) assert.ok(isLast, `line ${first + 1} differs, nothing shows`);
    else
      assert.ok([first + 1, first + 2].includes(broken.line), `${broken.line}, not ${first + 1}`);
  },
});

type Append = (path: string, entry: AuditEntry) => void;

const append: Append = (path, entry) => {
  const trail = AuditTrail.open(path, realFileSystem);
  try {
    trail.append(entry);
  } finally {
    trail.close();
  }
};

/** Goes on behind the half of a line that a crash left. */
const appendBehind: Append = (path, entry) => {
  const last = readFileSync(path, 'utf8').split('\n').slice(0, -1).at(-1) ?? '';
  appendFileSync(path, encodeEvent({ ...entry, previous: hashLine(last) }));
};

fuzz('a damaged trail is refused as it is, or goes on behind its last whole line', {
  cases: tampered,
  runs: 250,
  target: append,
  canary: { bug: 'an append that leaves half a line in the middle', target: appendBehind },
  check: ({ bytes }, target) => {
    const path = join(directory, 'txnid.audit');
    writeFileSync(path, bytes);
    try {
      target(path, entryOf({ generation: 77 }));
    } catch (error) {
      assert.ok(error instanceof TxnidError && error.code === 'state', String(error));
      assert.deepEqual(readFileSync(path), bytes);
      return;
    }
    const kept = bytes.subarray(0, endOfWhole(bytes));
    const text = readFileSync(path);
    assert.deepEqual(text.subarray(0, kept.length), kept);
    const last = decodeEvent(text.toString('utf8', kept.length, text.length - 1));
    const lineBefore = kept.toString().split('\n').at(-2);
    assert.equal(last?.generation, 77);
    assert.equal(last?.previous, lineBefore === undefined ? chainStart : hashLine(lineBefore));
  },
});
