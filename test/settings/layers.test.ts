import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locateConfdir } from '../../src/settings/layers.js';
import { settingNames } from '../../src/settings/table.js';
import { settingToText } from '../../src/settings/value-text.js';
import { commandLine, errorOf, faultLines, resolveWritten } from './resolve.js';

const layers = [
  { layer: {}, port: 8963, origin: 'default' },
  { layer: { yaml: '\nport: 1' }, port: 1, origin: 'txnid.yaml:2' },
  { layer: { environment: { TXNID_SERVER_PORT: '2' } }, port: 2, origin: 'TXNID_SERVER_PORT' },
  { layer: { flags: ['-port', '3'] }, port: 3, origin: '-port' },
];

test('each layer goes before those below it, and is named as the origin', () => {
  let below = {};
  for (const { layer, port, origin } of layers) {
    below = { ...below, ...layer };
    const { values, origins } = resolveWritten(below);
    assert.deepEqual([values.port, origins.port], [port, origin]);
    assert.deepEqual([values.increment, origins.increment], [1, 'default']);
  }
});

test('the last occurrence of a flag wins', () => {
  assert.equal(resolveWritten({ flags: ['-port', '1', '-port=2'] }).values.port, 2);
  assert.equal(resolveWritten({ flags: ['-verbose=false', '-v'] }).origins.verbose, '-v');
});

test('a value that a later layer overrides must still be good', () => {
  const environment = { TXNID_SERVER_PORT: '0' };
  assert.deepEqual(faultLines({ yaml: 'port: x', environment, flags: ['-port=y', '-port=1'] }), [
    'txnid.yaml:1:7: port is "x": must be a whole number from 1 to 65535',
    'TXNID_SERVER_PORT: port is "0": must be a whole number from 1 to 65535',
    '-port: port is "y": must be a whole number from 1 to 65535',
  ]);
});

test('bad values are faults of the settings, bad grammar is one of the command line', () => {
  const codeOf = (...flags: string[]) => {
    const { code, exitCode, faults } = errorOf(() => resolveWritten({ yaml: 'ip: x', flags }));
    return [code, exitCode, faults.length];
  };
  assert.deepEqual(codeOf('-port', '0'), ['settings', 78, 2]);
  assert.deepEqual(codeOf('-port', '0', '-prot'), ['command-line', 64, 3]);
});

test('the confdir is known before the file is read', () => {
  const environment = { TXNID_SERVER_CONFDIR: '/b' };
  assert.equal(locateConfdir(commandLine(), {}), '/etc/txnidserver');
  assert.equal(locateConfdir(commandLine(), environment), '/b');
  assert.equal(locateConfdir(commandLine('-confdir', '/c'), environment), '/c');
  // Everything else waits for the file, so that all faults are reported together.
  assert.equal(locateConfdir(commandLine('-port', 'x', '-prot'), {}), '/etc/txnidserver');
});

test('a faulty confdir is reported with every other fault there is without the file', () => {
  const environment = { TXNID_SERVER_CONFDIR: '', TXNID_SERVER_PROT: '1' };
  const error = errorOf(() => locateConfdir(commandLine('-confdir=a\0b', '-port=x'), environment));
  assert.equal(error.code, 'settings');
  assert.deepEqual(error.message.split('\n'), [
    'unknown environment variable "TXNID_SERVER_PROT": write TXNID_SERVER_PORT, or remove it',
    'TXNID_SERVER_CONFDIR: confdir is empty: must be a directory',
    String.raw`-confdir: confdir is "a\u0000b": must be a path without NUL bytes`,
    '-port: port is "x": must be a whole number from 1 to 65535',
  ]);
});

/** A good value other than the default. */
const others = [
  ['pid-file', '/run/txnid.pid'],
  ['mark-every', '100'],
  ['sequences', 'orders'],
  ['session-port', '8964'],
  ['redis-port', '6379'],
  ['session-timeout', '5'],
  ['max-sessions', '5'],
  ['allow', '192.0.2.1'],
  ['user', 'nobody'],
  ['chroot', '/var/empty'],
  ['metrics-port', '9100'],
  ['metrics-ip', '::1'],
] as const;

for (const [name, text] of others) {
  test(`${name} is accepted at its default and beyond that`, () => {
    const usual = settingToText(resolveWritten({}).values[name]);
    assert.equal(resolveWritten({ yaml: `${name}: ${usual}` }).origins[name], 'txnid.yaml:1');
    assert.equal(resolveWritten({ flags: [`-${name}=${text}`] }).origins[name], `-${name}`);
  });
}

test('every setting has a value and an origin', () => {
  const { values, origins } = resolveWritten({});
  assert.deepEqual(Object.keys(values), settingNames);
  assert.deepEqual(Object.keys(origins), settingNames);
});

test('the faults of a file stand in the order of its lines and columns', () => {
  const yaml = 'colour: red\nport: 0\nallow: [x, 192.0.2.1, y]\nport: 1\nthreads: 99\n';
  assert.deepEqual(
    faultLines({ yaml }).map((line) => line.slice(0, line.indexOf(': '))),
    ['1:1', '2:7', '3:9', '3:23', '4:1', '5:10'].map((place) => `txnid.yaml:${place}`),
  );
});
