/** What a newcomer tries first. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { runTxnid } from '../support/processes/txnid-process.js';

const packageFile = new URL('../../../package.json', import.meta.url);

test('help, -h, -help and --help say the same, whatever stands beside them', async () => {
  const { code, stdout, stderr } = await runTxnid(['help']);
  assert.deepEqual([code, stderr], [0, '']);
  for (const word of ['check', 'config', 'status', 'accept', 'advance', 'version', '-port', '-v']) {
    assert.match(stdout, new RegExp(`(^|[ ,])${word}\\b`, 'm'), word);
  }
  assert.match(stdout, /TXNID_SERVER_/);
  for (const values of [['-h'], ['-help'], ['--help'], ['-port', 'x', '-h']]) {
    assert.equal((await runTxnid(values)).stdout, stdout);
  }
});

test('-h beside a command is its help', async () => {
  const { code, stdout } = await runTxnid(['help', 'audit']);
  assert.equal(code, 0);
  assert.match(stdout, /^usage: txnid audit /);
  assert.equal((await runTxnid(['-h', 'audit', '-since', '7d'])).stdout, stdout);
});

test('version and -version say the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  for (const values of [['version'], ['-version'], ['--version']]) {
    const { code, stdout } = await runTxnid(values);
    assert.equal(code, 0);
    assert.ok(stdout.includes(version));
  }
  const { stdout } = await runTxnid(['version', '-json']);
  assert.deepEqual(JSON.parse(stdout), { version, node: process.versions.node });
});

for (const [typed, meant] of [
  ['stauts', 'status'],
  ['chekc', 'check'],
  ['acept', 'accept'],
] as const) {
  test(`an unknown command ${typed} is refused with a suggestion`, async () => {
    const { code, stderr } = await runTxnid([typed]);
    assert.equal(code, 64);
    assert.match(stderr, new RegExp(`^txnid: unknown command "${typed}": .*txnid ${meant}`));
  });
}
