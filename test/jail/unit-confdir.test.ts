/** The confdir that the unit for systemd is given: what its user can do there, and what not. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { Daemon, instanceOn } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';
import { needsRoot } from './place.js';

const rules = new URL('../../../config/txnid.tmpfiles.conf', import.meta.url);
const unit = readFileSync(new URL('../../../config/txnid.service', import.meta.url), 'utf8');
/** The flags that the unit starts the service with. */
const flags = /^ExecStart=.*\/main\.js (.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];

/** In place of txnid, who may not be there. */
const user = { uid: 65534, gid: 65534 };

/** A confdir as systemd-tmpfiles makes it. */
function madeConfdir(): string {
  const root = freshDirectory();
  chmodSync(root, 0o711);
  const lines = readFileSync(rules, 'utf8').split('\n');
  let confdir = '';
  for (const line of lines.filter((one) => /^[a-z]/.test(one))) {
    const [type, name = '', mode = '', owner, group] = line.split(/ +/);
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    if (type === 'd') mkdirSync(path);
    else writeFileSync(path, '', { flag: 'wx' });
    chownSync(path, owner === 'root' ? 0 : user.uid, group === 'root' ? 0 : user.gid);
    chmodSync(path, Number.parseInt(mode, 8));
    if (type === 'd') confdir = path;
  }
  return confdir;
}

function attempt(command: string, confdir: string): number | null {
  return spawnSync('sh', ['-c', command], { ...user, cwd: confdir }).status;
}

test(
  "the service's user makes the instance, and it starts again, but txnid.yaml stays root's",
  needsRoot,
  async () => {
    const confdir = madeConfdir();
    const instance = instanceOn(confdir, await freePort(), ...flags);
    const unbegun = /^txnid: There is no instance in .*, and create is false \(-create\): /;
    assertRefused(await runTxnid(instance.values, user), 65, unbegun);
    const made = await runTxnid(['init', ...instance.values], user);
    assert.deepEqual([made.code, made.stderr], [0, '']);
    const first = await Daemon.start(instance, user);
    const attempts = [
      'echo port: 1 >> txnid.yaml',
      'rm -f txnid.yaml',
      'mv txnid.yaml away',
      'echo port: 1 > new && mv -f new txnid.yaml',
      'ln -f txnid.dat txnid.yaml',
    ];
    for (const one of attempts) assert.notEqual(attempt(one, confdir), 0, one);
    assert.equal((await first.stop()).code, 0);
    const { uid, size } = statSync(join(confdir, 'txnid.yaml'));
    assert.deepEqual([uid, size], [0, 0]);
    const second = await Daemon.start(instance, user);
    assert.equal(second.first, first.first + 1n);
    assert.equal((await second.stop()).code, 0);
  },
);

test('there its user takes decisions, and root is refused', needsRoot, async () => {
  const instance = instanceOn(madeConfdir(), await freePort());
  await (await Daemon.start(instance, user)).stop();
  const words = ['accept', ...instance.values, '-max', '1000'];
  assertRefused(await runTxnid(words), 77, /can be written by users other than its owner/);
  assert.equal((await runTxnid(words, user)).code, 0);
});
