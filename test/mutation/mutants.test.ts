import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutantsOf } from './mutants.js';

function marksOf(text: string): string[] {
  return mutantsOf('x.ts', text).map(({ mark }) => mark);
}

const planted: readonly [text: string, marks: readonly string[]][] = [
  ['const a = b < c;', ['const a = b {< → <=} c;', 'const a = b {< → >=} c;']],
  ['const a = b === c;', ['const a = b {=== → !==} c;']],
  ['const a = b && c;', ['const a = b {&& → ||} c;']],
  ['const a = b + c;', ['const a = b {+ → -} c;']],
  ["const a = b + 'text';", []],
  ['const a = 65536n;', ['const a = {65536n → 65537n};', 'const a = {65536n → (65535n)};']],
  ['const a = 1;', ['const a = {1 → 2};', 'const a = {1 → (0)};']],
  ['const a = true;', ['const a = {true → false};']],
  ['const a = !b;', ['const a = {! → }b;']],
  ['flush();', ['{flush(); → ;}']],
  ['larger(a, b);', ['{larger(a, b); → ;}', '{larger → smaller}(a, b);']],
  ['while (a) b++;', ['while ({a → false}) b++;', 'while (a) {b++; → ;}', 'while (a) b{++ → --};']],
  ['const a = b ?? c;', ['const a = {b ?? c → c};', 'const a = {b ?? c → b};']],
  [
    'const a = b[0] ?? c;',
    ['const a = {b[0] ?? c → c};', 'const a = b[{0 → 1}] ?? c;', 'const a = b[{0 → (-1)}] ?? c;'],
  ],
  ['function f() { return a; }', ['function f() { return {a → undefined}; }']],
  ["import { a } from 'b';", []],
  ['type A = 1 | 2; const a: { b: 1 } = c as D<true>;', []],
];

for (const [text, marks] of planted) {
  test(`${text} has these mutants`, () => {
    assert.deepEqual(marksOf(text), marks);
  });
}

test('a mutant is the same text with one mistake, named by its line', () => {
  const [, mutant] = mutantsOf('x.ts', 'const a = 1;\nif (b) {\n  c();\n}\n').slice(1);
  assert.equal(mutant?.line, 2);
  assert.equal(mutant?.mark, 'if ({b → true}) {');
  assert.equal(mutant?.text, 'const a = 1;\nif (true) {\n  c();\n}\n');
});

test('what spans lines is shown by its first', () => {
  assert.ok(marksOf('act(\n  1,\n);\n').includes('{act( … → ;}'));
});

test('what does not parse is an error, not a source without mutants', () => {
  assert.throws(() => mutantsOf('x.ts', 'const ='), SyntaxError);
});
