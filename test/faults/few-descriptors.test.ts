/** Limits on open files: told as that at a start, and no reason for /healthz not to answer. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { get } from '../support/processes/http-client.js';
import { ask, freePort } from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { SessionClient } from '../support/processes/session-client.js';
import { runTxnid } from '../support/processes/txnid-process.js';

test('a start with too few descriptors for its threads names the limit, and is no bug', async () => {
  const ports = [
    '-session-port',
    String(await freePort()),
    '-metrics-port',
    String(await freePort()),
  ];
  const { values } = await newInstance(...ports);
  for (const limit of [30, 32, 38]) {
    const wrapper = ['sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh'];
    const ended = await runTxnid(values, { wrapper });
    const last = faultsOf(ended).at(-1) ?? '';
    assert.equal(ended.code, 255, `${limit}: ${ended.stderr}`);
    assert.match(
      last,
      /^txnid: Cannot start a .* thread: too few files may be open \(EMFILE\): raise/,
    );
  }
});

test('whether the service is well is told when it has no descriptor left', async () => {
  const metricsPort = await freePort();
  const sessionPort = await freePort();
  const ports = ['-metrics-port', String(metricsPort), '-session-port', String(sessionPort)];
  const daemon = await Daemon.start(await newInstance(...ports));
  const { pid } = daemon.process;
  // Linux gives out the lowest that is free: below the one of a new session there is none.
  const before = descriptorsOf(pid);
  const session = await SessionClient.open(sessionPort);
  await session.ask('1\x02');
  const lowestFree = Math.max(...descriptorsOf(pid).filter((fd) => !before.includes(fd)));
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${lowestFree + 1}:`]);
  // Clients of the other port wait for a descriptor meanwhile.
  const waiting = Array.from({ length: 8 }, () => ask(daemon.port));
  for (let turn = 0; turn < 5; turn++) {
    const { status, body } = await get(metricsPort, '/healthz');
    assert.deepEqual([status, body], [200, 'ok\n']);
  }
  execFileSync('prlimit', ['--pid', String(pid), '--nofile=1024:']);
  await Promise.all(waiting);
  session.socket.destroy();
  assert.equal((await daemon.stop()).code, 0);
});

function descriptorsOf(pid: number | undefined): number[] {
  return readdirSync(`/proc/${pid}/fd`).map(Number);
}
