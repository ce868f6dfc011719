import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TxnidError } from '../../src/errors.js';
import type { Layer } from '../../src/settings/assignment.js';
import { parseCommandLine } from '../../src/settings/command-line.js';
import { fileLayer } from '../../src/settings/file/file.js';
import { type EffectiveSettings, resolveSettings } from '../../src/settings/layers.js';
import { configFileBytesMax } from '../../src/settings/limits.js';
import { type SettingName, settingNames } from '../../src/settings/table.js';
import { settingToText } from '../../src/settings/value-text.js';
import { byteEdits, edited } from './byte-edits.js';
import { fuzz } from './fuzz.js';
import { isAllowed, modelNames, portsMeet, textsFor } from './settings-model.js';

type Read = (bytes: Uint8Array) => Layer;

/** The settings that a file alone gives, or the lines of what is wrong with it. */
function settingsOf(file: Layer): EffectiveSettings | readonly string[] {
  try {
    return resolveSettings({
      commandLine: parseCommandLine([], []),
      environment: {},
      file,
      context: { cpuCount: 2, startsAsRoot: false, confdir: '/c' },
    });
  } catch (error) {
    assert.ok(error instanceof TxnidError, String(error));
    assert.equal(error.code, 'settings');
    assert.ok(error.faults.length > 0);
    for (const { what, remedy } of error.faults) assert.doesNotMatch(what + remedy, /\p{Cc}/u);
    return error.faults.map(({ what }) => what);
  }
}

const isRefusal = Array.isArray as (outcome: unknown) => outcome is readonly string[];

/** Pieces that settings are made of, so that random text gets past the first check. */
const piece = fc.oneof(
  fc.constantFrom(...settingNames, 'prot', '__proto__', 'constructor', '0x10', '1e3', '&a', '*a'),
  fc.constantFrom(': ', '\n', ' ', '- ', '[', ']', '{', '}', ',', '"', "'", '? ', '\r\n', '\t'),
  fc.constantFrom('!!int ', '---\n', '...\n', '%', '%YAML 1.1\n', '#', '|\n', '>-\n ', '<<', '~'),
  fc.constantFrom('true', '0', '8963', '10.0.0.0/8', '1.2.3.4', 'none', '/', '\ufeff', '\u2028'),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const grammarText = fc
  .array(piece, { maxLength: 24 })
  .map((pieces) => Buffer.from(pieces.join('')));
/** Files that look like settings, with values written in every manner YAML has. */
const scalarText = fc.constantFrom(
  '8963',
  '"8963"',
  "'none'",
  '~',
  '',
  '|\n  8963',
  '>-\n  true',
  'x',
);
const listText = fc.constantFrom(
  '[1.2.3.4, 10.0.0.0/8]',
  '[10.1.0.0/8]',
  '[[1]]',
  '[{a: 1}]',
  '[]',
);
const otherText = fc.constantFrom(
  '{tcp: 1}',
  '\n  tcp: 1',
  '\n  - 1.2.3.4\n  - "x"',
  '*a',
  '&a 1',
  '!!int 1',
);
const shapedLine = fc
  .tuple(
    fc.constantFrom<string[]>(
      ...settingNames,
      'allow',
      'allow',
      '? [port]\n',
      '"port"',
      '*a ',
      '? port\n',
    ),
    fc.oneof(scalarText, listText, otherText),
  )
  .map(([name, value]) => `${name}: ${value}\n`);
const shapedText = fc
  .array(shapedLine, { maxLength: 4 })
  .map((lines) => Buffer.from(lines.join('')));
const repeatedText = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 400 }))
  .map(([pieces, times]) => Buffer.from(pieces.join('').repeat(times)));
const anyBytes = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: grammarText },
      { weight: 8, arbitrary: shapedText },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 64 }) },
      { weight: 1, arbitrary: repeatedText },
    ),
    byteEdits(3),
  )
  .map(([bytes, edits]) => edited(bytes, edits));

/** Far more than any file of the size takes, and far less than for ever. */
const hangMs = 30_000;

/** A place counts lines and columns from 1; the end of a line is one too. */
function assertPlaced(what: string, lines: readonly string[]): void {
  const [, line, column] = /^txnid\.yaml:(\d+):(\d+): /.exec(what) ?? assert.fail(what);
  const text = lines[Number(line) - 1] ?? assert.fail(`${what}: there are ${lines.length} lines`);
  assert.ok(Number(column) >= 1 && Number(column) <= text.length + 1, `${what}: ${text.length}`);
}

fuzz('whatever bytes the settings file holds, each fault is typed and placed within the file', {
  cases: anyBytes,
  runs: 1000,
  target: fileLayer as Read,
  canary: {
    bug: 'a place that counts columns from 0',
    target: (bytes) => {
      const { assignments, faults } = fileLayer(bytes);
      const shifted = faults.map(({ what, remedy }) => ({
        what: what.replace(/^(txnid\.yaml:\d+):1:/, '$1:0:'),
        remedy,
      }));
      return { assignments, faults: shifted };
    },
  },
  check: (bytes, read) => {
    assert.ok(bytes.length < configFileBytesMax, 'a file that is too long has no place to show');
    const startMs = performance.now();
    const outcome = settingsOf(read(bytes));
    assert.ok(performance.now() - startMs < hangMs, 'it hangs');
    // As Latin-1 there are at least as many columns as in whatever unit they are counted.
    const lines = bytes.toString('latin1').split('\n');
    if (isRefusal(outcome)) for (const what of outcome) assertPlaced(what, lines);
  },
});

interface Line {
  readonly name: SettingName | 'prot' | 'confdir';
  readonly text: string;
  readonly comment: '' | ' # why' | '\n# why\n' | '\n';
}

interface SimpleFile {
  readonly lines: readonly Line[];
  readonly start: '' | '---\n' | '# settings\n\n' | '\ufeff';
  readonly newline: '\n' | '\r\n';
}

const line: fc.Arbitrary<Line> = fc
  .oneof(
    { weight: 20, arbitrary: fc.constantFrom(...modelNames) },
    { weight: 1, arbitrary: fc.constantFrom('prot' as const, 'confdir' as const) },
  )
  .chain((name) =>
    fc.record({
      name: fc.constant(name),
      text: textsFor(name === 'prot' ? 'port' : name),
      comment: fc.constantFrom<Line['comment'][]>('', '', ' # why', '\n# why\n', '\n'),
    }),
  );

const simpleFiles: fc.Arbitrary<SimpleFile> = fc.record({
  lines: fc.array(line, { maxLength: 4 }),
  start: fc.constantFrom<SimpleFile['start'][]>('', '---\n', '# settings\n\n', '\ufeff'),
  newline: fc.constantFrom('\n', '\r\n'),
});

/** The file's text, and what the contract says of it: the lines at fault, from 1. */
function written({ lines, start, newline }: SimpleFile) {
  let text: string = start;
  const values = new Map<string, string>();
  const faulty = new Set<number>();
  for (const { name, text: value, comment } of lines) {
    const isKnown = name !== 'prot' && name !== 'confdir';
    const isGood = isKnown && isAllowed(name, value) && !values.has(name);
    if (!isGood) faulty.add(text.split('\n').length);
    values.set(name, value);
    text += `${name}: ${value}${comment}\n`;
  }
  return { bytes: Buffer.from(text.replaceAll('\n', newline)), values, faulty };
}

/** Takes the leading zeros from what it reads: they would pass as another number. */
function readLeniently(bytes: Uint8Array): Layer {
  const { assignments, faults } = fileLayer(bytes);
  const lenient = assignments.map((one) => {
    const { text } = one;
    return typeof text === 'string' ? { ...one, text: text.replace(/^0+(?=\d)/, '') } : one;
  });
  return { assignments: lenient, faults };
}

fuzz('a file of plain lines is accepted, line by line, as a model of the contract says', {
  cases: simpleFiles,
  runs: 1500,
  target: fileLayer as Read,
  canary: { bug: 'a reader that takes leading zeros', target: readLeniently },
  check: (file, read) => {
    const { bytes, values, faulty } = written(file);
    const outcome = settingsOf(read(bytes));
    if (faulty.size > 0 || portsMeet(values)) {
      assert.ok(isRefusal(outcome), 'it is accepted');
      const lines = outcome.map((what) => Number(what.split(':')[1]));
      if (faulty.size > 0) assert.deepEqual(new Set(lines), faulty);
      return;
    }
    assert.ok(!isRefusal(outcome), `it is refused: ${outcome}`);
    for (const [name, text] of values) {
      assert.equal(settingToText(outcome.values[name as SettingName]), text);
    }
  },
});
