/** The audit trail of a life: every event in its order, the right next numbers, a chain that holds. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { auditLines } from '../support/fixtures/audit-lines.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { askNumbers } from '../support/processes/one-shot-client.js';
import { runTxnid } from '../support/processes/txnid-process.js';

test('the trail tells the whole life of an instance', async () => {
  const startMs = Date.now();
  const instance = await newInstance();
  const first = await Daemon.start(instance);
  await askNumbers(instance.port, 2);
  await first.stop();
  const second = await Daemon.start(instance);
  await second.kill();
  const third = await Daemon.start(instance);
  await third.stop();
  const other = [...instance.values, '-increment', '5'];
  await runTxnid(other);
  await runTxnid(['accept', ...other]);
  await runTxnid(['advance', '1000000', ...other]);
  const fourth = await Daemon.start(instance, { values: ['-increment', '5'] });
  await fourth.stop();
  const lines = auditLines(instance.confdir);
  assert.deepEqual(
    lines.map(({ event, next }) => [event, next]),
    [
      ['created', '1'],
      ['started', '1'],
      ['stopped', '4'],
      ['started', '4'],
      ['crash found', String(third.first)],
      ['started', String(third.first)],
      ['stopped', String(third.first + 1n)],
      ['refused', String(third.first + 1n)],
      ['accepted', '65541'],
      ['advanced', '1000001'],
      ['started', '1000001'],
      ['stopped', '1000006'],
    ],
  );
  assert.equal(third.first, 65537n, 'a crash burns what was reserved');
  assert.deepEqual([fourth.first, lines[9]?.changes], [1000001n, [nextChange('65541', '1000001')]]);
  for (const { time, reserved } of lines) {
    assert.ok(Date.parse(time) >= startMs - 1000 && Date.parse(time) <= Date.now() + 1000);
    assert.match(reserved, /^\d+$/);
  }
});

function nextChange(from: string, to: string) {
  return { name: 'next', from, to };
}

test('the trail only ever grows', async () => {
  const instance = await newInstance();
  const path = join(instance.confdir, 'txnid.audit');
  let before = '';
  for (const end of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
    await (await Daemon.start(instance)).process.end(end);
    const now = readFileSync(path, 'utf8');
    assert.ok(now.startsWith(before) && now.length > before.length);
    before = now;
  }
});

test('numbers over 2^53 are exact in the trail', async () => {
  const instance = await newInstance();
  const number = 2n ** 63n + 1n;
  await runTxnid(['advance', String(number), '-yes', ...instance.values]);
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, number);
  await daemon.stop();
  assert.equal(auditLines(instance.confdir).at(-1)?.next, String(number + 1n));
});
