import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ScriptCoverage, unreachedTexts } from './v8-coverage.js';

const text = 'function f(a) { if (a) { one(); } else { two(); } }\nf(1);\n';

/** The whole script, and below it what was entered less often. */
function coverageOf(...unreached: string[]): ScriptCoverage {
  const ranges = unreached.map((piece) => {
    const startOffset = text.indexOf(piece);
    return { startOffset, endOffset: startOffset + piece.length, count: 0 };
  });
  const whole = { startOffset: 0, endOffset: text.length, count: 1 };
  return { url: '', functions: [{ ranges: [whole] }, { ranges }] };
}

test('a branch that no process reached is found, with its place', () => {
  const found = unreachedTexts(text, [coverageOf('else { two(); }')]);
  assert.deepEqual(found, [{ offset: text.indexOf('else'), text: 'else { two(); }' }]);
});

test('what one process reached counts as reached, and braces alone are nothing', () => {
  const two = coverageOf('else { two(); }');
  assert.deepEqual(unreachedTexts(text, [two, coverageOf('one();')]), []);
  assert.deepEqual(unreachedTexts(text, [coverageOf('; } }')]), []);
});

test('a script that no process loaded is unreached as a whole', () => {
  assert.deepEqual(unreachedTexts(text, []), [{ offset: 0, text: text.trim() }]);
});

test('an inner range that was reached is taken out of an outer one that was not', () => {
  const whole = { startOffset: 0, endOffset: text.length, count: 0 };
  const inner = { startOffset: 0, endOffset: text.indexOf('\nf(1)'), count: 2 };
  const found = unreachedTexts(text, [{ url: '', functions: [{ ranges: [whole, inner] }] }]);
  assert.deepEqual(
    found.map((stretch) => stretch.text),
    ['f(1);'],
  );
});
