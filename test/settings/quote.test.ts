import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, quoted } from '../../src/settings/quote.js';

const echoes: [text: string, quoted: string][] = [
  ['8963', '"8963"'],
  ['a "b" \\', String.raw`"a \"b\" \\"`],
  ['a\r\nb\0', String.raw`"a\r\nb\u0000"`],
  ['\u001b[2J\u007f\u009b', String.raw`"\u001b[2J\u007f\u009b"`],
  ['\u202e\u2028\ufeff', String.raw`"\u202e\u2028\ufeff"`],
  ['\u{e0001}', String.raw`"\udb40\udc01"`],
  ['\ud800', String.raw`"\ud800"`],
  ['é😀', '"é😀"'],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), `"${'x'.repeat(60)}"…`],
];

for (const [text, expected] of echoes) {
  test(`${expected} is shown as what was written`, () => {
    assert.equal(quoted(text), expected);
  });
}

test('plain text stays as it is, without quotes', () => {
  assert.equal(printable('a "b"\n'), String.raw`a "b"\u000a`);
});
