/** How an instance comes to be: `txnid init`, the setting `create`, and starts that make none unseen. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { eventNames } from '../support/fixtures/audit-lines.js';
import { snapshotOf } from '../support/fixtures/confdirs.js';
import { absentConfdir, freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, type Instance, instanceOn, newInstance } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { assertRefused, faultsOf } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { type Ended, runTxnid } from '../support/processes/txnid-process.js';

async function absentInstance(...values: string[]): Promise<Instance> {
  return instanceOn(absentConfdir(), await freePort(), ...values);
}

async function init({ values }: Instance, ...more: string[]): Promise<Ended> {
  return await runTxnid(['init', ...values, ...more]);
}

test('init makes confdir and instance, which the first start goes on with', async () => {
  const instance = await absentInstance('-instance', '2', '-increment', '3');
  const { confdir } = instance;
  const { code, stdout, stderr } = await init(instance);
  assert.deepEqual(
    { code, stdout, stderr },
    { code: 0, stdout: `first 2\nconfdir ${confdir}\n`, stderr: '' },
  );
  assert.equal(statSync(confdir).mode & 0o7777, 0o750);
  assert.deepEqual(readdirSync(confdir).sort(), ['txnid.audit', 'txnid.dat']);
  for (const name of readdirSync(confdir)) {
    assert.equal(statSync(join(confdir, name)).mode & 0o077, 0, `${name} is its owner's`);
  }
  const { next, clean, running, parameters } = await statusOf(confdir);
  assert.deepEqual([next, clean, running, parameters.increment], ['2', true, false, 3]);
  const daemon = await Daemon.start(instance, { values: ['-create=false'] });
  assert.equal(daemon.first, 2n);
  const ended = await daemon.stop();
  assert.match(ended.stderr, /^txnid: started, next 2$/m);
  assert.doesNotMatch(ended.stderr, /begins|lacks lines/);
  assert.deepEqual(eventNames(confdir), ['created', 'started', 'stopped']);
});

test('init -from begins at the first number of the progression at or above it', async () => {
  const instance = await absentInstance('-instance', '2', '-increment', '3');
  const { stdout } = await init(instance, '-from', '65536');
  assert.match(stdout, /^first 65537\n/);
  assert.equal((await statusOf(instance.confdir)).next, '65537');
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, 65537n);
  assert.equal((await daemon.stop()).code, 0);
  assert.equal((await statusOf(instance.confdir)).next, '65540');
});

test('init makes an instance in a confdir that is there, and leaves the directory as it is', async () => {
  const instance = await newInstance('-create=false');
  chmodSync(instance.confdir, 0o700);
  assert.equal((await init(instance)).code, 0);
  assert.equal(statSync(instance.confdir).mode & 0o777, 0o700);
});

test('init where there is an instance is refused, and changes nothing', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  assertRefused(
    await init(instance),
    65,
    /^txnid: There is an instance in .* already: start it, or/,
  );
  await daemon.stop();
  const before = snapshotOf(instance.confdir);
  for (const more of [[], ['-from', '1000']]) {
    assertRefused(await init(instance, ...more), 65, /^txnid: There is an instance in .* already/);
  }
  assert.deepEqual(snapshotOf(instance.confdir), before);
  rmSync(join(instance.confdir, 'txnid.dat'));
  assertRefused(await init(instance), 65, /is missing, although the audit trail knows of it/);
});

test('init makes nothing where the instance could hand out nothing, or N is no number', async () => {
  const instance = await absentInstance('-max', '99');
  assertRefused(await init(instance, '-from', '100'), 69, /no number is left up to 99/);
  for (const text of ['-1', '0x10', '18446744073709551615']) {
    const said =
      /^txnid: Cannot begin at ".*": give a whole number from 0 to 18446744073709551614$/;
    assertRefused(await init(instance, '-from', text), 64, said);
  }
  assert.equal(existsSync(instance.confdir), false);
  const nowhere = instanceOn(join(instance.confdir, 'confdir'), instance.port);
  assertRefused(await init(nowhere), 78, /^txnid: Cannot make the confdir .*ENOENT/);
});

test('an absent confdir is refused by who works on what is in it, and nobody else makes it', async () => {
  const instance = await absentInstance();
  for (const command of [[], ['-daemon'], ['check'], ['accept'], ['advance', '5']]) {
    const ended = await runTxnid([...command, ...instance.values]);
    assertRefused(
      ended,
      78,
      /^txnid: The confdir .* does not exist: .*"txnid init -confdir .* -port \d+"$/,
    );
  }
  assert.equal((await runTxnid(['config', ...instance.values])).code, 0);
  assert.equal(existsSync(instance.confdir), false);
});

test('a volume that is not mounted begins no instance with create false, in whatever layer', async () => {
  const instance = await newInstance();
  const { confdir } = instance;
  await (await Daemon.start(instance)).stop();
  renameSync(confdir, `${confdir}.volume`);
  const mountPoint = instanceOn(freshConfdir(), instance.port);
  for (const [flags, environment, origin] of [
    [['-create=false'], {}, '-create'],
    [[], { TXNID_SERVER_CREATE: 'false' }, 'TXNID_SERVER_CREATE'],
  ] as const) {
    for (const command of [[], ['check'], ['advance', '5']]) {
      const ended = await runTxnid([...command, ...mountPoint.values, ...flags], { environment });
      assertRefused(
        ended,
        65,
        new RegExp(
          `^txnid: There is no instance in ${mountPoint.confdir}, and create is false \\(${origin}\\): mount or put back its files; "txnid init -[^"]*" makes`,
        ),
      );
    }
  }
  assert.deepEqual(readdirSync(mountPoint.confdir), []);
  renameSync(`${confdir}.volume`, confdir);
  const daemon = await Daemon.start(instance, { values: ['-create=false'] });
  assert.equal(daemon.first, 2n);
  assert.equal((await daemon.stop()).code, 0);
});

test('create is no parameter: another value is no difference', async () => {
  const instance = await newInstance('-create=true');
  await (await Daemon.start(instance)).stop();
  const ended = await runTxnid(['check', ...instance.values, '-create=false']);
  assert.deepEqual([ended.code, ended.stdout], [0, 'ok\n']);
});

test('a rebuild of a lost file is no new instance, and create does not keep it', async () => {
  const instance = await newInstance();
  await (await Daemon.start(instance)).stop();
  rmSync(join(instance.confdir, 'txnid.dat'));
  const ended = await runTxnid(['advance', '70000', ...instance.values, '-create=false']);
  assert.deepEqual([ended.code, faultsOf(ended)], [0, []], ended.stderr);
});

test('advance that makes an instance says that it is a new one', async () => {
  const instance = await newInstance('-increment', '3');
  const ended = await runTxnid(['advance', '65536', ...instance.values]);
  assert.equal(ended.stdout, 'from 1\nto 65536\n');
  assert.match(ended.stderr, /^txnid: a new instance begins at 65536 in .*\n$/);
});

test('the daemon in the background says where a new instance begins, to who started it', async () => {
  const instance = await newInstance('-daemon');
  const { code, stderr } = await runTxnid(instance.values);
  const { pid } = await statusOf(instance.confdir);
  process.kill(pid, 'SIGTERM');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^txnid: a new instance begins at 1 in /m);
});

test('a settings file under a name that is not read is refused, unless txnid.yaml is there', async () => {
  const instance = await newInstance();
  const path = join(instance.confdir, 'txnid.yml');
  writeFileSync(path, 'increment: 3\n', { mode: 0o600 });
  for (const command of [[], ['check'], ['init'], ['config'], ['next']]) {
    const ended = await runTxnid([...command, ...instance.values]);
    assertRefused(
      ended,
      78,
      /^txnid: There is no txnid.yaml in .*"txnid.yml".*: rename it to txnid/,
    );
  }
  assert.deepEqual(readdirSync(instance.confdir), ['txnid.yml']);
  cpSync(path, join(instance.confdir, 'txnid.yaml'));
  const ended = await runTxnid(['check', ...instance.values]);
  assert.deepEqual([ended.code, ended.stdout], [0, 'ok\n']);
});
