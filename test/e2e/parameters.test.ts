/** Saved parameters: other ones are refused, told to the trail, and taken by `accept` alone. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { decodeSlot, encodeRecord, slotBytes } from '../../src/progress/file/record.js';
import { auditLines, eventNames } from '../support/fixtures/audit-lines.js';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { askNumbers, freePort } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { runTxnid } from '../support/processes/txnid-process.js';

async function usedInstance(...values: string[]): Promise<{ instance: Instance; last: bigint }> {
  const instance = await newInstance(...values);
  const daemon = await Daemon.start(instance);
  const last = (await askNumbers(instance.port, 4)).at(-1) ?? 0n;
  await daemon.stop();
  return { instance, last };
}

const { instance: used } = await usedInstance();
const otherPort = String(await freePort());

/** Name, other value, and what it is now and was; by flags. */
const changes: readonly (readonly [string, string, string])[] = [
  ['ip', '127.0.0.2', '127.0.0.1'],
  ['port', otherPort, String(used.port)],
  ['instance', '0', '1'],
  ['increment', '3', '1'],
  ['max', '1000000', '18446744073709551614'],
  ['max-range', '5', '1000000'],
];

for (const [name, value, saved] of changes) {
  test(`another ${name} is refused with 80, and nothing is changed`, async () => {
    const path = join(used.confdir, 'txnid.dat');
    const before = readFileSync(path);
    const values = [...used.values, `-${name}`, value];
    const pattern = new RegExp(
      `^txnid: ${name} is ${value} \\(-${name}\\).*saved.* ${saved}: .+accept`,
    );
    assertRefused(await runTxnid(values), 80, pattern);
    assert.deepEqual(readFileSync(path), before);
    const { event, changes, next } = auditLines(used.confdir).at(-1) ?? assert.fail();
    assert.deepEqual([event, next], ['refused', '6']);
    assert.equal(changes.length, 1);
    const asJson = typeof changes[0]?.to === 'number' ? Number : String;
    assert.deepEqual(
      { name: changes[0]?.name, from: changes[0]?.from, to: changes[0]?.to },
      { name, from: asJson(saved), to: asJson(value) },
    );
    const events = eventNames(used.confdir).length;
    assertRefused(await runTxnid(['check', ...values]), 80, pattern);
    assert.equal(eventNames(used.confdir).length, events, 'check tells nothing');
  });
}

test('all differences are told, a line each', async () => {
  const values = [...used.values, '-instance', '4', '-increment', '7'];
  assertRefused(await runTxnid(values), 80, /instance is 4/, /increment is 7/);
  const { stdout } = await runTxnid(['config', '-json', ...values]);
  const rows = JSON.parse(stdout) as { name: string; saved: unknown }[];
  const differing = rows.filter(({ saved }) => saved !== null);
  assert.deepEqual(
    differing.map(({ name, saved }) => [name, saved]),
    [
      ['instance', 1],
      ['increment', 1],
    ],
  );
});

test('the origin of a refused value is where it was set', async () => {
  const { instance } = await usedInstance();
  writeFileSync(join(instance.confdir, 'txnid.yaml'), '\nincrement: 9\n', { mode: 0o600 });
  const environment = { TXNID_SERVER_INSTANCE: '8' };
  assertRefused(
    await runTxnid(instance.values, { environment }),
    80,
    /instance is 8 \(TXNID_SERVER_INSTANCE\)/,
    /increment is 9 \(txnid\.yaml:2\)/,
  );
});

test('free settings may change', async () => {
  const { instance, last } = await usedInstance();
  const environment = { TXNID_SERVER_VERBOSE: 'true' };
  const values = ['-threads', '3', '-log', 'stderr'];
  const daemon = await Daemon.start(instance, { environment, values });
  assert.equal(daemon.first, last + 1n);
  assert.equal((await daemon.stop()).code, 0);
});

for (const isClean of [true, false]) {
  const left = isClean ? 'a clean stop' : 'a crash';
  test(`accept takes another progression after ${left}, and goes on above all numbers`, async () => {
    const instance = await newInstance();
    const before = await Daemon.start(instance);
    const last = (await askNumbers(instance.port, 9)).at(-1) ?? 0n;
    await (isClean ? before.stop() : before.kill());
    const values = ['-instance', '3', '-increment', '10'];
    const { code, stdout, stderr } = await runTxnid(['accept', ...instance.values, ...values]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^instance is 3 .*1$/m);
    assert.match(stdout, /^increment is 10 .*1$/m);
    const next = /^next (\d+)$/m.exec(stdout)?.[1];
    assert.equal((await statusOf(instance.confdir)).next, next);
    assertRefused(await runTxnid(instance.values), 80, /instance is 1/, /increment is 1/);
    const after = await Daemon.start(instance, { values });
    assert.equal(String(after.first), next);
    assert.ok(after.first > last);
    assert.equal(after.first % 10n, 3n);
    if (isClean) assert.equal(after.first, 13n, 'the first of the new progression above 10');
    await after.stop();
  });
}

test('accept without any difference changes nothing', async () => {
  const { instance } = await usedInstance();
  const before = readFileSync(join(instance.confdir, 'txnid.dat'));
  assert.equal((await runTxnid(['accept', ...instance.values])).code, 0);
  assert.deepEqual(readFileSync(join(instance.confdir, 'txnid.dat')), before);
});

test('accept beside the running daemon is refused', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  const values = ['accept', ...instance.values, '-increment', '5'];
  assertRefused(await runTxnid(values), 75, new RegExp(`process ${daemon.process.pid}`));
  await daemon.stop();
});

test('a record that lacks settings counts as their defaults', async () => {
  const { instance, last } = await usedInstance();
  const path = join(instance.confdir, 'txnid.dat');
  const bytes = readFileSync(path);
  for (const offset of [0, slotBytes]) {
    const slot = decodeSlot(bytes.subarray(offset, offset + slotBytes));
    assert.ok(slot.kind === 'record');
    const { ip, port } = slot.record.parameters;
    const parameters = { ...(ip && { ip }), ...(port && { port }) };
    encodeRecord({ ...slot.record, parameters }).copy(bytes, offset);
  }
  writeFileSync(path, bytes);
  assertRefused(await runTxnid([...instance.values, '-increment', '5']), 80, /increment is 5/);
  const daemon = await Daemon.start(instance);
  assert.equal(daemon.first, last + 1n);
  await daemon.stop();
});

test('a first start that cannot work fixes no parameters', async (t) => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  t.after(() => busy.close());
  const { port } = busy.address() as AddressInfo;
  for (const [values, code] of [
    [['-port', String(port)], 255],
    [['-session-port', String(port)], 255],
    [['-metrics-port', String(port)], 255],
    [['-max', '6', '-instance', '7'], 69],
  ] as const) {
    const instance = await newInstance();
    assertRefused(await runTxnid([...instance.values, ...values]), code, /^txnid: /);
    assert.deepEqual(readdirSync(instance.confdir), []);
  }
});
