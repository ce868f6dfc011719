/** The confdir: what a start makes in it, and how it is judged at a start as root. */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { confdirWith } from '../support/fixtures/confdirs.js';
import {
  absentConfdir,
  freshConfdir,
  freshDirectory,
  isRoot,
} from '../support/fixtures/scratch.js';
import { Daemon, instanceOn, newInstance } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';

const needsRoot = { skip: isRoot ? false : 'only a start as root judges modes: run as root' };

test("what a start makes in the confdir is its owner's, and the confdir stays as it is", async () => {
  const instance = await newInstance();
  chmodSync(instance.confdir, 0o751);
  const daemon = await Daemon.start(instance);
  assert.equal(statSync(instance.confdir).mode & 0o7777, 0o751);
  for (const name of ['txnid.dat', 'txnid.audit']) {
    assert.equal(statSync(join(instance.confdir, name)).mode & 0o077, 0, `${name} is its owner's`);
  }
  await daemon.stop();
});

test('a confdir whose parent is missing is refused and not made', async () => {
  const parent = absentConfdir();
  const instance = instanceOn(join(parent, 'confdir'), await freePort());
  for (const command of [[], ['check']]) {
    assertRefused(await runTxnid([...command, ...instance.values]), 78, /confdir/);
  }
  assert.equal(existsSync(parent), false);
});

test('a confdir that is a file is refused', async () => {
  const path = join(freshDirectory(), 'file');
  writeFileSync(path, '');
  for (const command of [[], ['check']]) {
    assertRefused(await runTxnid([...command, '-confdir', path]), 78, /confdir/);
  }
});

test('a txnid.yaml that is absent is fine', async () => {
  const confdir = freshConfdir();
  const { code, stdout } = await runTxnid([
    'check',
    ...instanceOn(confdir, await freePort()).values,
  ]);
  assert.deepEqual([code, stdout], [0, 'ok\n']);
});

for (const mode of [0o620, 0o602, 0o666]) {
  test(`as root a txnid.yaml of mode 0${mode.toString(8)} is refused`, needsRoot, async () => {
    const confdir = confdirWith('verbose: false\n');
    const path = join(confdir, 'txnid.yaml');
    chmodSync(path, mode);
    for (const command of [[], ['check'], ['accept'], ['advance', '5']]) {
      const ended = await runTxnid([...command, '-confdir', confdir]);
      assertRefused(ended, 77, new RegExp(`${path}.*: run: chmod go-w ${path}`));
    }
    chmodSync(path, 0o644);
    assert.equal((await runTxnid(['check', '-confdir', confdir])).code, 0);
  });
}

for (const mode of [0o770, 0o707, 0o1777]) {
  test(`as root a confdir of mode 0${mode.toString(8)} is refused`, needsRoot, async () => {
    const confdir = confdirWith('');
    chmodSync(confdir, mode);
    const ended = await runTxnid(['-confdir', confdir]);
    assertRefused(ended, 77, new RegExp(`${confdir}.*\\brun: chmod go-w ${confdir}`));
  });
}
