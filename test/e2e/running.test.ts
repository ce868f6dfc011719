/** How the daemon behaves while it runs: what it prints, its signals, what it listens on. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRoot } from '../support/fixtures/scratch.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { lookAtDescriptors } from '../support/processes/descriptors.js';
import {
  ask,
  askNumber,
  askNumbers,
  Clients,
  freePort,
  isWhole,
} from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { SessionClient } from '../support/processes/session-client.js';
import { statusOf } from '../support/processes/status.js';
import { TxnidProcess, until } from '../support/processes/txnid-process.js';

/** A user that a daemon may run as without a warning; undefined where this process is no root. */
const plainUser = isRoot ? { uid: 65534, gid: 65534, cwd: '/' } : {};

test('without -v a daemon says a line at its start, one at its stop, and one of a crash', async () => {
  const instance = await newInstance();
  if (isRoot) {
    for (const path of [dirname(instance.confdir), instance.confdir]) {
      chmodSync(path, 0o755);
      chownSync(path, 65534, 65534);
    }
  }
  const first = await Daemon.start(instance, plainUser);
  await askNumbers(instance.port, 5);
  const { confdir } = instance;
  assert.deepEqual(await first.stop(), {
    code: 0,
    signal: null,
    stdout: '',
    stderr: `txnid: a new instance begins at 1 in ${confdir}\ntxnid: stopped, next 7\n`,
  });
  const second = await Daemon.start(instance, plainUser);
  // Its first client may have its number before the line is out.
  await until(() => second.process.stderr.endsWith('\n'), 'it has said that it started');
  assert.deepEqual((await second.kill()).stderr, 'txnid: started, next 7\n');
  const third = await Daemon.start(instance, plainUser);
  const { stdout, stderr } = await third.stop();
  const { first: next } = third;
  const expected = [
    `crash found, up to ${next - 7n} numbers burnt, next ${next}`,
    `started, next ${next}`,
    `stopped, next ${next + 1n}`,
  ];
  assert.equal(stderr, expected.map((line) => `txnid: ${line}\n`).join(''));
  assert.equal(stdout, '');
});

test('with -v it prints settings with origins, its ports, and each move of the reservation', async () => {
  const instance = await newInstance('-v', '-increment', '32767');
  const daemon = await Daemon.start(instance);
  const clients = new Clients(instance.port, 4);
  const reservations = () => daemon.process.stdout.match(/^reserved below \d+$/gm) ?? [];
  await until(() => reservations().length > 3, 'the reservation moves');
  await daemon.stop();
  await clients.stop();
  const { stdout } = daemon.process;
  for (const line of [
    /^port \d+ \(-port\)$/m,
    /^increment 32767 \(-increment\)$/m,
    /^instance 1 \(default\)$/m,
    new RegExp(`127\\.0\\.0\\.1:${instance.port}\\b`),
  ]) {
    assert.match(stdout, line);
  }
  assert.equal(new Set(reservations()).size, reservations().length, 'each line is a move');
});

test('with -v a reservation that is large enough already is told once', async () => {
  const sessionPort = await freePort();
  const instance = await newInstance('-v', '-session-port', String(sessionPort));
  const daemon = await Daemon.start(instance);
  const client = await SessionClient.open(sessionPort);
  for (let round = 0; round < 8; round++) await client.ask('1000000\x02');
  await daemon.stop();
  const lines = daemon.process.stdout.match(/^reserved below \d+$/gm) ?? [];
  assert.ok(lines.length > 1);
  assert.equal(new Set(lines).size, lines.length, lines.join(', '));
});

test('started as root without user, it warns once on standard error', async (t) => {
  if (!isRoot) return t.skip('not root');
  const daemon = await Daemon.start(await newInstance());
  const ended = await daemon.stop();
  assert.equal(ended.stderr.match(/^txnid: .*root.*: .+$/gm)?.length, 1);
  assert.deepEqual(faultsOf(ended), []);
});

test('SIGHUP, SIGPIPE and SIGXFSZ are ignored', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  for (const signal of ['SIGHUP', 'SIGPIPE', 'SIGXFSZ'] as const) {
    daemon.process.signal(signal);
    await sleep(30);
    await askNumber(instance.port);
  }
  const ended = await daemon.stop();
  assert.equal(ended.code, 0);
  assert.deepEqual(faultsOf(ended), []);
});

test('SIGUSR1 logs one line of status, and opens no debugger', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  for (let lines = 1; lines <= 3; lines++) {
    daemon.process.signal('SIGUSR1');
    await until(() => faultsOf(daemon.process).length >= lines, 'a line');
  }
  await askNumber(instance.port);
  assert.equal(listeningSockets(daemon.process.pid), 1, 'nothing but its own port');
  const ended = await daemon.stop();
  assert.equal(faultsOf(ended).length, 3);
  for (const line of faultsOf(ended))
    assert.match(line, /^txnid: next 2, reserved below 65536, handed out 1, no session port$/);
});

test('SIGUSR1 at any moment of the start never leaves a debugger open', async () => {
  for (let delayMs = 0; delayMs <= 120; delayMs += 15) {
    const instance = await newInstance();
    const process = new TxnidProcess(instance.values);
    await sleep(delayMs);
    process.signal('SIGUSR1');
    await until(
      async () => process.hasEnded || isWhole((await ask(instance.port)).text),
      'it serves or ends',
    );
    if (!process.hasEnded) assert.equal(listeningSockets(process.pid), 1, `after ${delayMs} ms`);
    await process.end();
  }
});

/** How many sockets of a process listen, by /proc/net. */
function listeningSockets(pid: number): number {
  const listening = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map((fields) => `socket:[${fields[9]}]`),
  );
  const open = new Set(lookAtDescriptors(pid, (link) => readlinkSync(link)));
  return listening.filter((socket) => open.has(socket)).length;
}

test('clients that send garbage, reset or never read disturb nobody', async () => {
  const instance = await newInstance('-threads', '2');
  const daemon = await Daemon.start(instance);
  const nuisances = Array.from({ length: 60 }, (_, index) => nuisance(instance.port, index % 3));
  const clients = new Clients(instance.port, 3);
  await until(() => clients.count > 300, 'the others are served');
  await Promise.all(nuisances);
  await clients.stop();
  assert.deepEqual([clients.broken, clients.empty], [[], 0]);
  for (const numbers of clients.numbers) assert.ok(isIncreasing(numbers));
  const [before = 0n, after = 0n] = await askNumbers(instance.port, 2);
  assert.equal(after, before + 1n);
  const { code } = await daemon.stop();
  assert.equal(code, 0);
  assert.equal((await statusOf(instance.confdir)).next, String(after + 1n));
});

async function nuisance(port: number, kind: number): Promise<void> {
  const connection = connect(port, '127.0.0.1');
  connection.on('error', () => {});
  if (kind === 0) connection.write(Buffer.alloc(10_000, '\x02garbage'));
  if (kind === 1) connection.on('connect', () => connection.resetAndDestroy());
  connection.pause();
  await sleep(300);
  connection.destroy();
}

function isIncreasing(numbers: readonly bigint[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? number));
}
