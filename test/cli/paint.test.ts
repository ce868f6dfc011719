import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aligned } from '../../src/cli/aligned.js';
import { painter } from '../../src/cli/paint.js';

test('colour goes around the text, and changes no column', () => {
  const rows = [
    ['a', { text: 'no', tone: 'bad' }, 'x'],
    ['long', { text: 'yes', tone: undefined }, ''],
  ] as const;
  assert.deepEqual(aligned(rows, painter(false)), ['a     no   x', 'long  yes']);
  assert.deepEqual(aligned(rows, painter(true)), ['a     \u001b[31mno\u001b[0m   x', 'long  yes']);
});
