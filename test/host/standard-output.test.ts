import assert from 'node:assert/strict';
import type { writeSync } from 'node:fs';
import { test } from 'node:test';
import { writeOutput } from '../../src/host/standard-output.js';

type Outcome = number | 'EAGAIN' | 'EPIPE' | 'ENOSPC';

/** What is written where each call in turn takes so many bytes, or fails. */
function written(text: string, outcomes: Outcome[]) {
  let taken = '';
  const write = (_fd: number, bytes: Buffer, offset: number): number => {
    const outcome = outcomes.shift() ?? bytes.length;
    if (typeof outcome !== 'number') {
      throw Object.assign(new Error(`${outcome}: injected, write`), { code: outcome });
    }
    const part = bytes.subarray(offset, offset + outcome);
    taken += part.toString();
    return part.length;
  };
  try {
    writeOutput(text, write as typeof writeSync);
  } catch (error) {
    return { taken, error: error as Error };
  }
  return { taken, left: outcomes };
}

test('all of it is written, however little each write takes', () => {
  assert.deepEqual(written('0123456789\n', [3, 'EAGAIN', 'EAGAIN', 1, 99]), {
    taken: '0123456789\n',
    left: [],
  });
});

test('who stops reading has seen enough', () => {
  assert.deepEqual(written('0123456789\n', [3, 'EPIPE', 99]), { taken: '012', left: [99] });
});

test('what cannot be written is an error', () => {
  const { error } = written('0123456789\n', [3, 'ENOSPC']);
  assert.equal((error as NodeJS.ErrnoException | undefined)?.code, 'output');
  assert.equal(
    error?.message,
    'Cannot write the output: ENOSPC: injected, write: make room for it, or send it somewhere else',
  );
});
