/** Commands that only look: the start's own verdict, and not a byte or a time touched. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { snapshotOf } from '../support/fixtures/confdirs.js';
import { isRoot } from '../support/fixtures/scratch.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { assertRefused, faultsOf } from '../support/processes/refusal.js';
import { type Ended, type ProcessOptions, runTxnid } from '../support/processes/txnid-process.js';

const needsRoot = { skip: isRoot ? false : 'only root can prepare this: run as root' };
const nobody = 65534;

async function usedInstance(): Promise<Instance> {
  const instance = await newInstance();
  await (await Daemon.start(instance)).stop();
  return instance;
}

async function look(instance: Instance, options: ProcessOptions = {}): Promise<Ended[]> {
  const { confdir, values } = instance;
  const commands = [
    ['status', '-confdir', confdir],
    ['config', ...values],
    ['check', ...values],
    ['audit', '-verify', '-confdir', confdir],
  ];
  const ended: Ended[] = [];
  for (const command of commands) ended.push(await runTxnid(command, options));
  return ended;
}

test('check says ok before the first start, and makes nothing', async () => {
  const { confdir, values } = await newInstance();
  const { code, stdout, stderr } = await runTxnid(['check', ...values]);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'ok\n', stderr: '' });
  assert.deepEqual(readdirSync(confdir), []);
});

test('check says ok beside the running daemon, and commands that look touch nothing, running or stopped in its tracks', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  const before = snapshotOf(instance.confdir).filter(({ name }) => !name.endsWith('.lock'));
  for (const signal of ['SIGCONT', 'SIGSTOP'] as const) {
    daemon.process.signal(signal);
    const ended = await look(instance);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0, 0, 0],
      `${signal}: ${JSON.stringify(ended)}`,
    );
    assert.equal(ended[2]?.stdout, 'ok\n');
    const after = snapshotOf(instance.confdir).filter(({ name }) => !name.endsWith('.lock'));
    assert.deepEqual(after, before);
  }
  daemon.process.signal('SIGCONT');
  assert.equal((await daemon.stop()).code, 0);
});

test('after a crash check says ok, and leaves the lock directory alone', async () => {
  const instance = await newInstance();
  await (await Daemon.start(instance)).kill();
  const before = snapshotOf(instance.confdir);
  const ended = await look(instance);
  assert.deepEqual(
    ended.map(({ code }) => code),
    [0, 0, 0, 0],
  );
  assert.deepEqual(snapshotOf(instance.confdir), before);
});

test('check finds a taken port, as the start does', async () => {
  const instance = await usedInstance();
  const server = createServer().listen(instance.port, '127.0.0.1');
  try {
    for (const command of [['check'], []]) {
      const ended = await runTxnid([...command, ...instance.values]);
      assertRefused(
        ended,
        255,
        new RegExp(`127\\.0\\.0\\.1:${instance.port}: address already in use`),
      );
    }
  } finally {
    server.close();
  }
});

test('check tells every fault at once, and exits with the first one of a start', async () => {
  const instance = await usedInstance();
  const server = createServer().listen(instance.port, '127.0.0.1');
  const ended = await runTxnid(['check', ...instance.values, '-increment', '3']);
  server.close();
  assertRefused(ended, 80, /increment is 3/, /address already in use/);
});

test(
  'commands that look work on a file system that is mounted read-only, and check says what a start would',
  needsRoot,
  async (t) => {
    const instance = await usedInstance();
    const { confdir } = instance;
    try {
      execFileSync('mount', ['--bind', confdir, confdir]);
    } catch {
      return t.skip('cannot mount here');
    }
    t.after(() => execFileSync('umount', ['-l', confdir]));
    execFileSync('mount', ['-o', 'remount,bind,ro', confdir]);
    const before = snapshotOf(confdir);
    const ended = await look(instance);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0, 74, 0],
      JSON.stringify(ended),
    );
    assert.deepEqual(snapshotOf(confdir), before);
    const start = await runTxnid(instance.values);
    assert.equal(start.code, 74, start.stderr);
    assert.deepEqual(faultsOf(start), faultsOf(ended[2] ?? start));
    assert.equal(faultsOf(start).length, 1);
  },
);

test(
  'commands that look work for a user who may only read, and check says what a start would',
  needsRoot,
  async () => {
    const instance = await usedInstance();
    const { confdir } = instance;
    chmodSync(join(confdir, '..'), 0o755);
    for (const name of ['', 'txnid.dat', 'txnid.audit']) {
      chownSync(join(confdir, name), nobody, nobody);
      chmodSync(join(confdir, name), name === '' ? 0o500 : 0o400);
    }
    const before = snapshotOf(confdir);
    const options = { uid: nobody, gid: nobody, cwd: '/' };
    const ended = await look(instance, options);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0, 77, 0],
      JSON.stringify(ended),
    );
    assert.deepEqual(snapshotOf(confdir), before);
    const start = await runTxnid(instance.values, options);
    assertRefused(start, 77, /txnid\.dat/);
    assert.equal(ended[2]?.stderr, start.stderr);
  },
);

test(
  'a file that may not be read is refused with 77, by check and start alike',
  needsRoot,
  async () => {
    const instance = await usedInstance();
    chmodSync(join(instance.confdir, '..'), 0o755);
    chmodSync(instance.confdir, 0o755);
    writeFileSync(join(instance.confdir, 'txnid.yaml'), '', { mode: 0o600 });
    const options = { uid: nobody, gid: nobody, cwd: '/' };
    for (const command of [['check'], []]) {
      assertRefused(await runTxnid([...command, ...instance.values], options), 77, /txnid\.yaml/);
    }
  },
);
