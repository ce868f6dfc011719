/** `-daemon`: the caller knows from the exit code whether the service listens, and may go away. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { ask, askNumber } from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { onTerminal, shellLine } from '../support/processes/terminal.js';
import {
  endWithTest,
  programPath,
  runTxnid,
  TxnidProcess,
  until,
} from '../support/processes/txnid-process.js';

/** Pid of the service of a confdir, which will not outlive this test. */
async function servicePid(instance: Instance): Promise<number> {
  const { running, pid } = await statusOf(instance.confdir);
  assert.equal(running, true);
  endWithTest(pid);
  return pid;
}

async function stop(pid: number, instance: Instance): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await until(async () => (await ask(instance.port)).error === 'ECONNREFUSED', 'it ends');
  await until(() => !isAlive(pid), 'it has ended');
  assert.equal((await statusOf(instance.confdir)).clean, true);
}

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody waits for here has ended all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('the caller returns 0 once the service listens, which then runs on its own', async () => {
  const instance = await newInstance('-daemon');
  const { code, stdout } = await runTxnid(instance.values);
  assert.equal(code, 0);
  assert.equal(await askNumber(instance.port), 1n, 'without another try');
  assert.equal(stdout, '');
  const pid = await servicePid(instance);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  assert.equal(Number(stat[3]), pid, 'in a session of its own');
  await stop(pid, instance);
});

test('the service leaves the directory that it was started in, whatever its paths were', async () => {
  const cwd = dirname(freshConfdir());
  const instance = await newInstance('-daemon', '-confdir', 'confdir');
  const { code, stderr } = await runTxnid(instance.values, { cwd });
  assert.equal(code, 0, stderr);
  const placed = { ...instance, confdir: join(cwd, 'confdir') };
  const pid = await servicePid(placed);
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
  await stop(pid, placed);
});

test('a caller that is interrupted ends the service, also one that is stopped', async () => {
  const instance = await newInstance('-daemon');
  const caller = new TxnidProcess(instance.values);
  const children = `/proc/${caller.pid}/task/${caller.pid}/children`;
  await until(() => readFileSync(children, 'utf8') !== '', 'the service is started');
  const pid = Number(readFileSync(children, 'utf8'));
  // A process that is stopped between fork and exec stops the one that starts it.
  const isItself = () =>
    readFileSync(`/proc/${pid}/environ`, 'utf8').includes('TXNID_CALLER_WAITS=');
  await until(isItself, 'it is a program of its own');
  endWithTest(pid);
  process.kill(pid, 'SIGSTOP');
  const { code, signal } = await caller.end('SIGINT');
  assert.deepEqual({ code, signal }, { code: 130, signal: null });
  await until(() => !isAlive(pid), 'the service has ended');
  const daemon = await Daemon.start({ ...instance, values: [...instance.values, '-daemon=false'] });
  assert.equal(daemon.first, 1n, 'nothing is in the way, and nothing was burnt');
  await daemon.stop();
});

test('the service survives the terminal it was started on', async () => {
  const instance = await newInstance('-daemon');
  const line = shellLine([process.execPath, programPath, ...instance.values]);
  execFileSync(...onTerminal(line), { stdio: 'ignore' });
  assert.equal(await askNumber(instance.port), 1n);
  await stop(await servicePid(instance), instance);
});

test('a fault of the start is told on standard error, and is the exit code of the caller', async () => {
  const instance = await newInstance();
  await (await Daemon.start(instance)).stop();
  const taken = createServer().listen(instance.port, '127.0.0.1');
  const on255 = await runTxnid([...instance.values, '-daemon']);
  await new Promise((resolve) => taken.close(resolve));
  const running = await Daemon.start(instance);
  const on75 = await runTxnid([...instance.values, '-daemon']);
  await running.stop();
  const on80 = await runTxnid([...instance.values, '-daemon', '-increment', '2']);
  const on78 = await runTxnid([...instance.values, '-daemon', '-increment', '0']);
  for (const [code, ended, pattern] of [
    [255, on255, /address already in use/],
    [75, on75, new RegExp(`locked by process ${running.process.pid}`)],
    [80, on80, /increment is 2/],
    [78, on78, /increment is "0"/],
  ] as const) {
    assert.equal(ended.code, code, JSON.stringify(ended));
    assert.equal(faultsOf(ended).length, 1, ended.stderr);
    assert.match(ended.stderr, pattern);
  }
});
