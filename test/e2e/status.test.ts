/** `txnid status`: what is known of the next number, running or not. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { absentConfdir, freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { askNumbers } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { runTxnid } from '../support/processes/txnid-process.js';

test('beside the running daemon next is above reserved, and the pid its own', async () => {
  const instance = await newInstance('-increment', '7', '-instance', '2');
  const daemon = await Daemon.start(instance);
  const [number = 0n] = await askNumbers(instance.port, 1);
  const status = await statusOf(instance.confdir);
  assert.deepEqual(
    { clean: status.clean, running: status.running, pid: status.pid },
    { clean: false, running: true, pid: daemon.process.pid },
  );
  assert.ok(BigInt(status.reserved) > number);
  assert.ok(BigInt(status.next) >= BigInt(status.reserved));
  assert.equal(status.parameters.increment, 7);
  assert.equal(status.parameters.max, '18446744073709551614');
  await daemon.stop();
});

test('after a clean stop next is exact, and nothing runs', async () => {
  const instance = await newInstance('-increment', '7', '-instance', '2');
  const { first, ...daemon } = await Daemon.start(instance);
  await daemon.process.end();
  const status = await statusOf(instance.confdir);
  assert.equal(status.next, String(first + 7n));
  assert.deepEqual([status.clean, status.running], [true, false]);
  assert.ok(BigInt(status.reserved) > first);
});

test('after a crash next is what the next start hands out first', async () => {
  const instance = await newInstance('-increment', '7', '-instance', '2');
  await (await Daemon.start(instance)).kill();
  const status = await statusOf(instance.confdir);
  assert.deepEqual([status.clean, status.running], [false, false]);
  const daemon = await Daemon.start(instance);
  assert.equal(String(daemon.first), status.next);
  await daemon.stop();
});

test('status as text has the same, a line each', async () => {
  const instance = await newInstance();
  await (await Daemon.start(instance)).stop();
  const { code, stdout, stderr } = await runTxnid(['status', '-confdir', instance.confdir]);
  assert.deepEqual([code, stderr], [0, '']);
  for (const line of [/^next +2$/m, /^clean +yes$/m, /^running +no\b/m, /^increment +1$/m]) {
    assert.match(stdout, line);
  }
});

test('where nothing has ever run, status says what to do', async () => {
  for (const confdir of [absentConfdir(), freshConfdir()]) {
    const ended = await runTxnid(['status', '-confdir', confdir]);
    assertRefused(
      ended,
      65,
      /There is no .*set confdir to where the instance is, or .*"txnid init -confdir [^"]*"/,
    );
  }
});

test('advance moves forward only, to the first number of the progression at or above', async () => {
  const instance = await newInstance('-increment', '7', '-instance', '2');
  await (await Daemon.start(instance)).stop();
  const to = async (number: string) =>
    await runTxnid(['advance', number, '-yes', ...instance.values]);
  assert.equal((await to('1000')).stdout, 'from 9\nto 1003\n');
  assert.equal((await statusOf(instance.confdir)).next, '1003');
  assertRefused(await to('500'), 64, /1003/);
  assert.equal((await to('1003')).code, 0);
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, 1003n);
  await daemon.stop();
});
