/** Which layer wins, what `config` says of it, and how bad settings are refused. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { confdirWith } from '../support/fixtures/confdirs.js';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { assertRefused } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly origin: string;
  readonly saved: unknown;
}

async function configOf(values: string[], environment: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await runTxnid(['config', '-json', ...values], { environment });
  assert.equal(code, 0, stderr);
  const rows = JSON.parse(stdout) as Row[];
  return new Map(rows.map((row) => [row.name, row]));
}

test('every setting has a default, and all but confdir can be seen to come from it', async () => {
  const confdir = freshConfdir();
  const config = await configOf(['-confdir', confdir]);
  const defaults = {
    daemon: false,
    verbose: false,
    log: 'stderr',
    create: true,
    'pid-file': 'none',
    ip: '0.0.0.0',
    port: 8963,
    instance: 1,
    increment: 1,
    max: '18446744073709551614',
    'mark-every': 65536,
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
  };
  for (const [name, value] of Object.entries(defaults)) {
    assert.deepEqual(config.get(name), { name, value, origin: 'default', saved: null });
  }
  assert.equal(config.get('confdir')?.origin, '-confdir');
});

test('flags win over the environment, and that over txnid.yaml', async () => {
  const confdir = confdirWith('# first line\nport: 1001\ninstance: 11\nincrement: 101\n');
  const environment = {
    TXNID_SERVER_PORT: '1002',
    TXNID_SERVER_INSTANCE: '12',
    TXNID_SERVER_CONFDIR: confdir,
  };
  const config = await configOf(['--port=1003'], environment);
  const expected = [
    ['confdir', confdir, 'TXNID_SERVER_CONFDIR'],
    ['port', 1003, '-port'],
    ['instance', 12, 'TXNID_SERVER_INSTANCE'],
    ['increment', 101, 'txnid.yaml:4'],
  ] as const;
  for (const [name, value, origin] of expected) {
    assert.deepEqual(config.get(name), { name, value, origin, saved: null });
  }
});

test('a flag takes one or two dashes, and its value after a space or an equals sign', async () => {
  const own = ['-confdir', freshConfdir()];
  for (const flag of [['-port', '77'], ['--port', '77'], ['-port=77'], ['--port=77']]) {
    assert.equal((await configOf([...own, ...flag])).get('port')?.value, 77);
  }
  const verbose = await configOf([...own, '-v', '-daemon=false', '-verbose']);
  assert.deepEqual([verbose.get('verbose')?.value, verbose.get('daemon')?.value], [true, false]);
});

test('config as text has the same, a line for each setting', async () => {
  const confdir = confdirWith('port: 1001\n');
  const { code, stdout } = await runTxnid(['config', '-confdir', confdir]);
  assert.equal(code, 0);
  assert.match(stdout, /^port +1001 +txnid\.yaml:1$/m);
  assert.match(stdout, /^increment +1 +default$/m);
});

test('all faults of all layers are told at once, each with its place', async () => {
  const confdir = confdirWith('port: 0x10\nincrement: 0\nprot: 1\n');
  const environment = { TXNID_SERVER_INSTANCE: '32768', TXNID_SERVER_PROT: '1' };
  const ended = await runTxnid(['-confdir', confdir, '-max', '1e3'], { environment });
  assert.equal(ended.code, 78);
  for (const pattern of [
    /^txnid: txnid\.yaml:1:7: port is "0x10": .*1 to 65535/m,
    /^txnid: txnid\.yaml:2:12: increment is "0": .*1 to 32767/m,
    /^txnid: txnid\.yaml:3:1: unknown setting "prot": .*\bport\b/m,
    /^txnid: TXNID_SERVER_INSTANCE: instance is "32768": .*0 to 32767/m,
    /^txnid: .*"?TXNID_SERVER_PROT"?: .*TXNID_SERVER_PORT/m,
    /^txnid: -max: max is "1e3": .*18446744073709551614/m,
  ]) {
    assert.match(ended.stderr, pattern);
  }
});

const badFiles: readonly (readonly [string, string, RegExp])[] = [
  ['a duplicate key', 'port: 1\nport: 2\n', /txnid\.yaml:2:1: port/],
  ['an empty value', 'port:\n', /txnid\.yaml:1:\d+: port is empty/],
  ['a hexadecimal number', 'port: 0x10\n', /txnid\.yaml:1:7: port/],
  ['an exponent', 'port: 1e3\n', /txnid\.yaml:1:7: port/],
  ['a fraction', 'port: 8963.0\n', /txnid\.yaml:1:7: port/],
  ['an octal number', 'port: 0o17\n', /txnid\.yaml:1:7: port/],
  ['a leading zero', 'port: 0963\n', /txnid\.yaml:1:7: port/],
  ['a text for a number', 'port: "yes"\n', /txnid\.yaml:1:7: port/],
  ['a number beyond 2^64 - 2', 'max: 18446744073709551615\n', /txnid\.yaml:1:6: max/],
  ['an alias', 'port: 90\ninstance: *a\n', /txnid\.yaml:2:11: .*alias/],
  ['an anchor', 'port: &a 90\n', /txnid\.yaml:1:\d+: .*anchor/],
  ['a second document', 'port: 90\n---\nport: 91\n', /txnid\.yaml:2:1: .*document/],
  ['a list', '- port\n', /txnid\.yaml:1:1: /],
  ['a confdir in the file', 'confdir: /tmp\n', /txnid\.yaml:1:1: confdir/],
  ['a NUL byte', 'port: 9\0\n', /txnid\.yaml:1:8: /],
  ['deep nesting', `port: ${'['.repeat(5000)}\n`, /txnid\.yaml:1:\d+: /],
  ['64 KiB and a byte', `#${'x'.repeat(65535)}\n`, /txnid\.yaml/],
];

for (const [what, yaml, pattern] of badFiles) {
  test(`${what} in txnid.yaml is refused with 78 and its place`, async () => {
    const confdir = confdirWith(yaml);
    const ended = await runTxnid(['-confdir', confdir]);
    assert.equal(ended.code, 78, ended.stderr);
    assert.match(ended.stderr, pattern);
    for (const line of ended.stderr.trim().split('\n')) assert.match(line, /^txnid: .+: .+/);
  });
}

test('a txnid.yaml that is not a regular file is refused with 78, and waited for by nobody', async () => {
  const confdir = confdirWith('');
  const path = join(confdir, 'txnid.yaml');
  const puts = [
    () => mkdirSync(path),
    () => execFileSync('mkfifo', [path]),
    () => symlinkSync('nowhere', path),
    () => symlinkSync('/dev/zero', path),
  ];
  for (const put of puts) {
    rmSync(path, { recursive: true });
    put();
    assertRefused(await runTxnid(['check', '-confdir', confdir]), 78, /txnid\.yaml/);
  }
});

const badLines: readonly (readonly [string[], RegExp])[] = [
  [['-prot', '8963'], /unknown flag "-prot": .*-port/],
  [['-port'], /-port has no value/],
  [['stauts'], /unknown command "stauts": .*status/],
  [['check', 'more'], /unexpected argument "more"/],
  [['advance'], /advance has no N/],
  [['advance', 'x'], /"x": .*18446744073709551614/],
  [['advance', '18446744073709551615'], /18446744073709551614/],
  [['-json'], /-json/],
];

for (const [values, pattern] of badLines) {
  test(`txnid ${values.join(' ')} is refused with 64`, async () => {
    const ended = await runTxnid([...values, '-confdir', freshConfdir()]);
    assertRefused(ended, 64, pattern);
  });
}

test('flags with bad values are refused with 78', async () => {
  const values = ['-port=1e3', '-instance=', '-verbose=maybe', '-increment', '-1', '-ip', '::1%lo'];
  const ended = await runTxnid(['-confdir', freshConfdir(), ...values]);
  const names = ['port', 'instance', 'verbose', 'increment', 'ip'];
  assertRefused(ended, 78, ...names.map((name) => new RegExp(`-${name}: ${name} is`)));
});
