/** The end of the numbers, and what cannot be listened on. */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { auditLines } from '../support/fixtures/audit-lines.js';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { ask, askNumbers, freePort, isWhole } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { runTxnid } from '../support/processes/txnid-process.js';

const numberMax = 2n ** 64n - 2n;

/** All numbers up to the end, after which the daemon ends by itself. */
async function assertEnds(values: readonly string[], from: bigint, expected: bigint[]) {
  const instance = await newInstance(...values);
  if (from > 0n) {
    const advanced = await runTxnid(['advance', String(from), '-yes', ...instance.values]);
    assert.equal(advanced.code, 0, advanced.stderr);
  }
  const daemon = await Daemon.start(instance);
  const numbers = [daemon.first, ...(await askNumbers(instance.port, expected.length - 1))];
  assert.deepEqual(numbers, expected);
  assertRefused(await daemon.process.endedInTime(), 69, /end/);
  assert.equal(auditLines(instance.confdir).at(-1)?.event, 'stopped');
  assertRefused(await runTxnid(instance.values), 69, /end.*: .*max/);
  assertRefused(await runTxnid(['check', ...instance.values]), 69, /end.*: .*max/);
  assert.equal((await statusOf(instance.confdir)).running, false);
  return instance;
}

test('with max the last number is exactly it, then the daemon ends with 69', async () => {
  await assertEnds(['-max', '5'], 0n, [1n, 2n, 3n, 4n, 5n]);
});

test('a max off the progression is never passed', async () => {
  await assertEnds(['-max', '20', '-increment', '7', '-instance', '3'], 0n, [3n, 10n, 17n]);
});

test('the very last numbers of 64 bits are exact, and nothing wraps', async () => {
  const expected = [3n, 2n, 1n, 0n].map((left) => numberMax - left);
  await assertEnds([], numberMax - 3n, expected);
});

test('the end at the largest increment is within 64 bits', async () => {
  const increment = 32767n;
  const last = 5n + ((numberMax - 5n) / increment) * increment;
  await assertEnds(['-increment', '32767', '-instance', '5'], last - increment, [
    last - increment,
    last,
  ]);
});

test('a sequence at its end goes on once a higher max is accepted', async () => {
  const instance = await assertEnds(['-max', '2'], 0n, [1n, 2n]);
  const values = instance.values.map((value) => (value === '2' ? '4' : value));
  assert.equal((await runTxnid(['accept', ...values])).code, 0);
  const daemon = await Daemon.start({ ...instance, values });
  assert.equal(daemon.first, 3n);
  await daemon.stop();
});

test('many first requests at once at the end get each number once, the rest nothing', async () => {
  const instance = await newInstance('-max', '40', '-threads', '4');
  const daemon = await Daemon.start(instance);
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(instance.port)));
  const numbers = answers.filter(({ text }) => isWhole(text)).map(({ text }) => BigInt(text));
  assert.equal(new Set(numbers).size, numbers.length);
  assert.ok(
    answers.every(({ text }) => text === '' || isWhole(text)),
    'never a part, never -1',
  );
  assert.ok(numbers.every((number) => number >= 2n && number <= 40n));
  assert.equal(numbers.length, 39);
  assertRefused(await daemon.process.endedInTime(), 69, /end/);
});

test('a port that is taken is refused with 255, and nothing is handed out', async () => {
  const instance = await newInstance();
  const server = createServer((connection) => connection.end('other\n'));
  await new Promise<void>((resolve) => server.listen(instance.port, '127.0.0.1', resolve));
  assertRefused(await runTxnid(instance.values), 255, /address already in use: .+/);
  await new Promise((resolve) => server.close(resolve));
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, 1n, 'the failed start burnt nothing');
  await daemon.stop();
});

test('an address of another machine is refused with 255', async () => {
  const port = String(await freePort());
  const values = ['-confdir', freshConfdir(), '-ip', '192.0.2.1', '-port', port];
  assertRefused(await runTxnid(values), 255, /192\.0\.2\.1/);
});
