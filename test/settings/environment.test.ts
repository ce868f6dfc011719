import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment } from '../../src/settings/environment.js';
import { faultLines, resolveWritten } from './resolve.js';

test('a setting has the name of its variable as origin and place', () => {
  const variable = 'TXNID_SERVER_SESSION_PORT';
  const { assignments, faults } = readEnvironment({ [variable]: '5', PORT: '6', TXNID: '7' });
  const expected = { name: 'session-port', text: '5', origin: variable, place: variable };
  assert.deepEqual([assignments, faults], [[expected], []]);
});

test('allow is separated by commas, and nothing around them is dropped', () => {
  assert.deepEqual(
    readEnvironment({ TXNID_SERVER_ALLOW: 'a,b' }).assignments.map(({ text }) => text),
    ['a,b'],
  );
  const [line] = faultLines({ environment: { TXNID_SERVER_ALLOW: '192.0.2.1, 192.0.2.2' } });
  assert.match(line ?? '', /^TXNID_SERVER_ALLOW: allow is " 192\.0\.2\.2": must be a list of /);
});

const faults: [variable: string, text: string, fault: RegExp][] = [
  [
    'TXNID_SERVER_PROT',
    '1',
    /^unknown environment variable "TXNID_SERVER_PROT": write TXNID_SERVER_PORT, or remove it$/,
  ],
  [
    'TXNID_SERVER_port',
    '1',
    /^unknown environment variable "TXNID_SERVER_port": write TXNID_SERVER_PORT, or/,
  ],
  ['TXNID_SERVER_SESSION-PORT', '1', /: write TXNID_SERVER_SESSION_PORT, or remove it$/],
  ['TXNID_SERVER___PROTO__', '1', /^unknown environment variable "TXNID_SERVER___PROTO__": /],
  ['TXNID_SERVER_', '1', /^unknown environment variable "TXNID_SERVER_": /],
  [
    'TXNID_SERVER_PORT',
    '',
    /^TXNID_SERVER_PORT: port is empty: must be a whole number from 1 to 65535$/,
  ],
  [
    'TXNID_SERVER_ALLOW',
    '',
    /^TXNID_SERVER_ALLOW: allow is empty: must be .*\(0\.0\.0\.0\/0 and ::\/0 for everyone\)$/,
  ],
  ['TXNID_SERVER_DAEMON', 'yes', /^TXNID_SERVER_DAEMON: daemon is "yes": must be true or false$/],
];

for (const [variable, text, fault] of faults) {
  test(`${variable}=${text} is refused`, () => {
    const lines = faultLines({ environment: { [variable]: text } });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', fault);
  });
}

test('variables of others are none of ours', () => {
  const { origins } = resolveWritten({
    environment: { TXNID_CLIENT_PORT: 'x', PATH: '', PORT: '1' },
  });
  assert.equal(origins.port, 'default');
});
