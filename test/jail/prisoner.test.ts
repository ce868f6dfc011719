/** What is tried from inside a jail. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { runTxnid } from '../support/processes/txnid-process.js';
import { needsRoot } from './place.js';

const script = fileURLToPath(new URL('./prisoner.js', import.meta.url));

/** A jail that the prisoner could do anything in, were it not for the filter. */
function openJail(): string {
  const jail = join(freshDirectory(), 'jail');
  mkdirSync(jail);
  chmodSync(jail, 0o777);
  writeFileSync(join(jail, 'inside'), 'x');
  return jail;
}

async function outcomes(...values: string[]) {
  const { code, signal, stdout, stderr } = await runTxnid([openJail(), 'nobody', ...values], {
    script,
  });
  return { code, signal, stderr, ...(stdout === '' ? {} : JSON.parse(stdout)) };
}

test(
  'from inside, every forbidden call fails, in the main thread and in a worker',
  needsRoot,
  async () => {
    const result = await outcomes('required');
    assert.equal(result.code, 0, result.stderr);
    const exceptions = { clone3: 'ENOSYS', unknown: 'ENOSYS' };
    for (const thread of [result.main, result.worker]) {
      assert.ok(Object.keys(thread).length > 100);
      for (const [name, outcome] of Object.entries(thread)) {
        const expected = name in exceptions ? 'ENOSYS' : 'EPERM';
        assert.equal(outcome, expected, name);
      }
    }
    for (const [name, outcome] of Object.entries(result.own)) {
      assert.equal(outcome, 'done', name);
    }
    for (const [name, outcome] of Object.entries(result.node)) {
      assert.equal(outcome, 'EPERM', name);
    }
  },
);

test(
  'without the filter the same attempts get further, but not back to root',
  needsRoot,
  async () => {
    const { code, stderr, node } = await outcomes('off');
    assert.equal(code, 0, stderr);
    assert.equal(node.setuid, 'EPERM');
    assert.equal(node.write, 'done');
    assert.equal(node.list, 'done');
    assert.equal(node.socket, 'done');
    // No new processes: neither is there a program in the jail, nor would the limit allow one.
    assert.match(node.spawn, /^(EAGAIN|ENOENT)$/);
  },
);

test('a program that aborts in the jail still ends by it', needsRoot, async () => {
  const { code, signal } = await outcomes('required', 'abort');
  assert.deepEqual({ code, signal }, { code: null, signal: 'SIGABRT' });
});

const isX64 = process.arch === 'x64';
const skip = needsRoot.skip || (!isX64 && 'x32 belongs to x86-64');

test('a call of x32 ends the process', { skip }, async () => {
  const { code, signal } = await outcomes('required', 'x32');
  assert.deepEqual({ code, signal }, { code: null, signal: 'SIGSYS' });
});
