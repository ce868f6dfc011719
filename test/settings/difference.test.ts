import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceLine, differencesFrom, parametersOf } from '../../src/settings/difference.js';
import { configFileName } from '../../src/settings/limits.js';
import { defaultValues } from '../../src/settings/table.js';
import { resolveWritten, type Written } from './resolve.js';

const host = { cpuCount: 2, startsAsRoot: false, confdir: '/etc/txnidserver' };
const saved = parametersOf(resolveWritten({}).values);

function linesOf(written: Written, record = saved): string[] {
  return differencesFrom(record, resolveWritten(written), host).map(differenceLine);
}

test('the saved record has every setting that must match, and can be written as JSON', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(saved)), {
    ip: '0.0.0.0',
    port: 8963,
    instance: 1,
    increment: 1,
    max: '18446744073709551614',
    sequences: [],
    'session-port': 0,
    'redis-port': 0,
    'session-timeout': 60,
    'max-sessions': 1024,
    'max-range': 1_000_000,
    allow: [],
    user: 'none',
    chroot: 'none',
    'metrics-port': 0,
    'metrics-ip': '127.0.0.1',
  });
});

test('a restart with the same settings, wherever they come from, is no difference', () => {
  assert.deepEqual(linesOf({}), []);
  assert.deepEqual(
    linesOf({ yaml: 'allow: []\nmax: 18446744073709551614', flags: ['-port=8963'] }),
    [],
  );
  assert.deepEqual(linesOf({ flags: ['-v', '-threads=1', '-log=syslog', '-confdir=/c'] }), []);
});

test('differences stand in table order, with the origin of the current value', () => {
  const record = { ...saved, increment: 3, max: '5', allow: ['10.0.0.0/8', '192.0.2.1'] };
  assert.deepEqual(
    linesOf({ flags: ['-increment=5', '-port', '1'], yaml: 'ip: 1.2.3.4' }, record),
    [
      `ip is 1.2.3.4 (${configFileName}:1), the saved value is 0.0.0.0`,
      'port is 1 (-port), the saved value is 8963',
      'increment is 5 (-increment), the saved value is 3',
      'max is 18446744073709551614 (default), the saved value is 5',
      'allow is [] (default), the saved value is [10.0.0.0/8, 192.0.2.1]',
    ],
  );
});

test('the differences carry JSON forms', () => {
  const effective = resolveWritten({ flags: ['-max=9'] });
  assert.deepEqual(differencesFrom(saved, effective, host), [
    { name: 'max', saved: '18446744073709551614', current: '9', origin: '-max' },
  ]);
});

test('lists differ by who they let in, not by how they say it', () => {
  const record = { ...saved, allow: ['192.0.2.1', '192.0.2.2'] };
  const { origins, values } = resolveWritten({});
  const differences = (...allow: string[]) =>
    differencesFrom(record, { values: { ...values, allow }, origins }, host).length;
  assert.equal(differences('192.0.2.1', '192.0.2.2'), 0);
  assert.equal(differences('192.0.2.2', '192.0.2.1/32', '192.0.2.1'), 0);
  assert.equal(differences('192.0.2.1'), 1);
  assert.equal(differences('192.0.2.1', '192.0.2.3'), 1);
  assert.equal(differences('192.0.2.1', '192.0.2.0/31', '192.0.2.2'), 1);
});

test('an upgrade alone is no difference: what the record lacks counts as its default', () => {
  const { ip, port, instance, increment, max } = saved;
  assert.ok(ip && port && instance !== undefined && increment && max);
  const older = { ip, port, instance, increment, max };
  assert.deepEqual(linesOf({}, older), []);
  assert.deepEqual(linesOf({ flags: ['-port=1'] }, {}), [
    'port is 1 (-port), the saved value is 8963',
  ]);
});

test('what a newer version saved beyond this table is ignored', () => {
  assert.deepEqual(linesOf({}, { ...saved, constructor: 'x', colour: 'blue' }), []);
});

test('a record without a chroot has the default beside its own user', () => {
  const context = { cpuCount: 2, startsAsRoot: true, confdir: '/etc/txnidserver' };
  const older = { user: 'nobody' };
  const values = { ...defaultValues(context, { user: 'nobody' }), user: 'nobody' };
  const { origins } = resolveWritten({});
  assert.equal(values.chroot, '/etc/txnidserver');
  assert.deepEqual(differencesFrom(older, { values, origins }, context), []);
});

test('the largest record leaves room in its 4 KiB slot', () => {
  const values = {
    ...resolveWritten({}).values,
    ip: '255.255.255.255',
    allow: Array<string>(64).fill('255.255.255.255/32'),
    user: 'u'.repeat(255),
    chroot: '/'.padEnd(1023, 'x'),
  };
  assert.ok(JSON.stringify(parametersOf(values)).length < 3072);
});
