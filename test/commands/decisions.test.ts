/** `txnid accept` and `txnid advance`: what they refuse to decide, and leave as it is. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { accept } from '../../src/commands/accept.js';
import { advance } from '../../src/commands/advance.js';
import { status } from '../../src/commands/status.js';
import { openSequence } from '../../src/index.js';
import { freshConfdir, freshDirectory } from '../support/fixtures/scratch.js';
import { runCommand } from '../support/processes/command-run.js';
import { assertRefused } from '../support/processes/refusal.js';

/** A confdir from which ten numbers were taken. */
async function usedConfdir(): Promise<string> {
  const confdir = freshDirectory();
  const sequence = await openSequence({ confdir });
  sequence.take(10);
  await sequence.close();
  return confdir;
}

test('advance beyond max is refused, and makes nothing of a new instance', async () => {
  const confdir = freshConfdir();
  const ended = await runCommand(advance, ['advance', '50', '-max', '40', '-confdir', confdir]);
  const end = /^txnid: The sequence is at its end: no number is left up to 40: raise max/;
  assertRefused(ended, 69, end);
  assert.equal(existsSync(join(confdir, 'txnid.dat')), false);
});

test('advance to what is no number is refused with what is allowed', async () => {
  for (const text of ['abc', '0x10', '1e3', '18446744073709551615', '']) {
    const ended = await runCommand(advance, ['advance', text, '-confdir', freshConfdir()]);
    assertRefused(ended, 64, /^txnid: Cannot advance to ".*": give a whole number from 0 to \d+$/);
  }
});

test('accept of a max that is used up is refused, and changes nothing', async () => {
  const confdir = await usedConfdir();
  const before = readFileSync(join(confdir, 'txnid.dat'));
  const ended = await runCommand(accept, ['accept', '-max', '5', '-confdir', confdir]);
  assertRefused(ended, 69, /no number is left up to 5: raise max, or choose a lower/);
  assert.deepEqual(readFileSync(join(confdir, 'txnid.dat')), before);
});

test('accept without a difference says so, and changes nothing', async () => {
  const confdir = await usedConfdir();
  const before = readFileSync(join(confdir, 'txnid.dat'));
  const { code, stdout } = await runCommand(accept, ['accept', '-confdir', confdir]);
  assert.deepEqual([code, stdout], [0, 'no parameter differs from its saved value\nnext 11\n']);
  assert.deepEqual(readFileSync(join(confdir, 'txnid.dat')), before);
});

test('accept where nothing has ever run is refused', async () => {
  const ended = await runCommand(accept, ['accept', '-confdir', freshDirectory()]);
  assertRefused(
    ended,
    65,
    /^txnid: There is no progress file .* set confdir to where .*, or make a new one with "txnid init"$/,
  );
});

test('after a rebuild the status says that everything handed out is below what is reserved', async () => {
  const confdir = await usedConfdir();
  writeFileSync(join(confdir, 'txnid.dat'), Buffer.alloc(8192));
  const rebuilt = await runCommand(advance, ['advance', '900000000', '-confdir', confdir]);
  assert.equal(rebuilt.stdout, 'from 65536\nto 900000000\n', rebuilt.stderr);
  const told = await runCommand(status, ['status', '-json', '-confdir', confdir]);
  const { next, reserved, clean } = JSON.parse(told.stdout);
  assert.deepEqual([next, reserved, clean], ['900000000', '900005888', true]);
});

test('a rebuild with other parameters than the old file knows is refused, and changes nothing', async () => {
  const confdir = await usedConfdir();
  rmSync(join(confdir, 'txnid.audit'));
  const progress = join(confdir, 'txnid.dat');
  writeFileSync(progress, '\n', { flag: 'a' });
  const before = readFileSync(progress);
  const words = ['advance', '50', '-increment', '3', '-confdir', confdir];
  assertRefused(await runCommand(advance, words), 80, /increment is 3 .*the saved value is 1/);
  assert.deepEqual(readFileSync(progress), before);
});
