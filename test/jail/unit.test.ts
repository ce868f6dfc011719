/** The unit for systemd, as far as it can be judged without one running. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const unit = fileURLToPath(new URL('../../../config/txnid.service', import.meta.url));
const isInstalled = spawnSync('systemd-analyze', ['--version']).error === undefined;

test('the unit exposes no more than 1.0 of 10', {
  skip: !isInstalled && 'no systemd-analyze',
}, () => {
  const words = ['security', '--offline=true', '--threshold=10', '--no-pager', unit];
  const { status, stdout, stderr } = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.equal(stderr, '');
});
