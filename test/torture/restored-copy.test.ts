/** The torture finds a bug of the whole system, not only one in the judge's input. */

import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { until } from '../support/processes/txnid-process.js';
import { buildLibraries, clusterOf } from './cluster.js';
import { History } from './history.js';
import { judge } from './judge.js';
import type { Member } from './member.js';

async function serveSome(member: Member): Promise<void> {
  const before = member.recording.numbers;
  await member.start();
  await until(() => member.recording.numbers > before + 200n, 'numbers');
  await member.stop();
}

test('numbers that a restored backup of the whole confdir repeats are found', async (t) => {
  const plan = { seed: 1, increment: 7, members: [{ instance: 3, threads: 2, steps: [] }] };
  const [member] = await clusterOf(plan, buildLibraries(), new History());
  assert.ok(member !== undefined);
  t.after(() => member.smallDisk?.unmount());
  const verdict = () => judge(7, new Map([[3, member.recording.receipts]]));
  await serveSome(member);
  const backup = join(freshDirectory(), 'backup');
  cpSync(member.confdir, backup, { recursive: true });
  await serveSome(member);
  assert.deepEqual(verdict(), [], 'without it there is nothing to find');
  rmSync(member.confdir, { recursive: true });
  cpSync(backup, member.confdir, { recursive: true });
  await serveSome(member);
  await member.load.stop();
  assert.match(verdict().join('\n'), /twice, also in instance 3/);
  assert.match(verdict().join('\n'), /was received before/);
});
