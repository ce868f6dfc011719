import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultLines, resolveWritten } from '../resolve.js';

test('nesting is measured before anything recurses into it, which could abort the process', () => {
  const deep = /^txnid\.yaml:\d+:\d+: nested more than 8 levels deep: write each setting /;
  for (const piece of ['[', '{a: ', '- ', '? ', '[a: ', '- [', '? - ', '[\n', '&a [']) {
    const lines = faultLines({ yaml: piece.repeat(500) });
    assert.equal(lines.length, 1, piece);
    assert.match(lines[0] ?? '', deep, piece);
  }
  const pyramid = Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('');
  assert.match(faultLines({ yaml: pyramid })[0] ?? '', deep);
});

test('a list in a map is as deep as settings go, and what is deeper is named for what it is', () => {
  assert.deepEqual(resolveWritten({ yaml: 'allow:\n  - 1.2.3.4\n' }).values.allow, ['1.2.3.4']);
  assert.match(
    faultLines({ yaml: 'allow: [[[[[1.2.3.4]]]]]' })[0] ?? '',
    /a list with lists or maps in it/,
  );
});
