import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultValues, settingNamed, settingNames } from '../../src/settings/table.js';
import { settingToJson, settingToText } from '../../src/settings/value-text.js';
import { faultLines, resolveWritten } from './resolve.js';

const host = { cpuCount: 8, startsAsRoot: true, confdir: '/c' };
const wholeNumber = (least: number | bigint, most: number | bigint) =>
  `must be a whole number from ${least} to ${most}`;

/** Section 3 of the contract: the values at both ends of what is allowed, and just beyond. */
const ranges = [
  { name: 'threads', least: 1n, most: 64n },
  { name: 'port', least: 1n, most: 65535n },
  { name: 'instance', least: 0n, most: 32767n },
  { name: 'increment', least: 1n, most: 32767n },
  { name: 'max', least: 1n, most: 2n ** 64n - 2n },
  { name: 'mark-every', least: 1n, most: 65536n },
  { name: 'session-port', least: 0n, most: 65535n },
  { name: 'redis-port', least: 0n, most: 65535n },
  { name: 'session-timeout', least: 1n, most: 86400n },
  { name: 'max-sessions', least: 1n, most: 65536n },
  { name: 'max-range', least: 1n, most: 1_000_000n },
  { name: 'metrics-port', least: 0n, most: 65535n },
] as const;

for (const { name, least, most } of ranges) {
  test(`${name} takes ${least} to ${most}, exactly`, () => {
    for (const good of [least, most]) {
      const settled = settingNamed(name).schema.parse(String(good));
      assert.equal(BigInt(settled as number | bigint), good);
    }
    for (const bad of [least - 1n, most + 1n, 10n ** 30n]) {
      const [line] = faultLines({ flags: [`-${name}=${bad}`] });
      assert.equal(line, `-${name}: ${name} is "${bad}": ${wholeNumber(least, most)}`);
    }
  });

  test(`${name} is plain decimal digits, nothing that could mean another number`, () => {
    for (const bad of ['0x10', '1e3', '8963.0', '+1', '-1', '01', '1_0', ' 1', '1 ', '1\n', '١']) {
      const [line] = faultLines({ flags: [`-${name}=${bad}`] });
      assert.equal(
        line,
        `-${name}: ${name} is ${JSON.stringify(bad)}: ${wholeNumber(least, most)}`,
      );
    }
  });
}

const texts = [
  {
    name: 'ip',
    good: ['0.0.0.0', '255.255.255.255', '::', '::1', '2001:db8::1'],
    bad: ['1.2.3', '1.2.3.256', '01.2.3.4', ':::', '[::1]', 'fe80::1%lo', 'localhost'],
  },
  { name: 'log', good: ['stderr', 'syslog', 'json'], bad: ['stdout', 'Stderr'] },
  { name: 'seccomp', good: ['required', 'auto', 'off'], bad: ['on', 'none', 'Auto', 'true'] },
  { name: 'daemon', good: ['true', 'false'], bad: ['yes', 'True', '1', 'on'] },
  { name: 'verbose', good: ['true', 'false'], bad: ['no', 'FALSE', '0'] },
  {
    name: 'user',
    good: ['none', 'nobody', 'nobody:nogroup', '65534:65534', '4294967294', 'a.b@c-d', 'www:33'],
    bad: ['nobody:', ':nogroup', '-1', '1e3', 'a b', 'a:b:c', '007', '4294967295', '0x1', '9lives'],
  },
  {
    name: 'chroot',
    good: ['none', '/', '/var/empty'],
    bad: ['var/empty', '/a\u0000', '/\n', 'nonesuch'],
  },
  { name: 'confdir', good: ['local', '/etc/txnidserver', 'a\nb'], bad: ['a\0b'] },
] as const;

for (const { name, good, bad } of texts) {
  test(`${name} takes what the contract allows, and no more`, () => {
    const { schema } = settingNamed(name);
    for (const text of good) assert.ok(schema.safeParse(text).success, text);
    for (const text of bad) assert.ok(!schema.safeParse(text).success, text);
  });
}

test('what is saved stays small: chroot, user and allow have limits', () => {
  const long = '/'.padEnd(1023, 'x');
  assert.ok(settingNamed('chroot').schema.safeParse(long).success);
  const lines = faultLines({
    flags: [
      `-chroot=${long}x`,
      `-chroot=/${'"'.repeat(512)}`,
      '-chroot=/\ud800',
      `-user=${'u'.repeat(256)}`,
      `-allow=${Array(65).fill('192.0.2.1').join()}`,
    ],
  });
  assert.match(lines[0] ?? '', /^-chroot: chroot is "\/x{59}"…: must be at most 1023 bytes/);
  assert.match(lines[1] ?? '', /must be at most 1023 bytes, without control characters$/);
  assert.match(lines[2] ?? '', /^-chroot: chroot is "\/\\ud800": must be at most 1023 bytes/);
  assert.match(lines[3] ?? '', /^-user: user is "u{60}"…: must be at most 255 bytes/);
  assert.match(lines[4] ?? '', /^-allow: allow is a list of 65: must be a list of at most 64 /);
});

test('a block must be written by its network, which the fault names', () => {
  const { schema } = settingNamed('allow');
  const good = ['0.0.0.0/0', '10.0.0.0/8', '128.0.0.0/1', '192.0.2.1/32', '192.0.2.1'];
  assert.deepEqual(schema.parse(good), good);
  const lines = faultLines({
    flags: ['-allow=10.1.2.3/8,255.255.255.255/1,192.0.2.1/0,1.2.3.4/33'],
  });
  assert.deepEqual(lines.slice(0, 3), [
    '-allow: allow is "10.1.2.3/8": must be 10.0.0.0/8, where every host bit is zero',
    '-allow: allow is "255.255.255.255/1": must be 128.0.0.0/1, where every host bit is zero',
    '-allow: allow is "192.0.2.1/0": must be 0.0.0.0/0, where every host bit is zero',
  ]);
  assert.match(lines[3] ?? '', /^-allow: allow is "1\.2\.3\.4\/33": must be a list of at most 64 /);
});

test('the defaults are those of the contract', () => {
  const values = defaultValues(host, {});
  assert.deepEqual(values, {
    confdir: '/etc/txnidserver',
    daemon: false,
    verbose: false,
    threads: 4,
    log: 'stderr',
    create: true,
    'pid-file': 'none',
    ip: '0.0.0.0',
    port: 8963,
    instance: 1,
    increment: 1,
    max: 2n ** 64n - 2n,
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
    seccomp: 'auto',
    'metrics-port': 0,
    'metrics-ip': '127.0.0.1',
  });
});

test('defaults follow the host and the settings that lead them', () => {
  const chroot = (startsAsRoot: boolean, user: string) =>
    defaultValues({ cpuCount: 1, startsAsRoot, confdir: '/c' }, { user }).chroot;
  assert.equal(chroot(true, 'nobody'), '/c');
  assert.equal(chroot(false, 'nobody'), 'none');
  assert.equal(chroot(true, 'none'), 'none');
  const threadsOn = (cpuCount: number) => resolveWritten({ cpuCount }).values.threads;
  assert.deepEqual([0, 1, 2, 3, 4, 7, 8, 64].map(threadsOn), [1, 1, 1, 1, 2, 3, 4, 4]);
  assert.equal(resolveWritten({ flags: ['-daemon'] }).values.log, 'syslog');
  assert.equal(resolveWritten({ flags: ['-daemon=false'] }).values.log, 'stderr');
  assert.equal(resolveWritten({ flags: ['-daemon', '-log', 'stderr'] }).values.log, 'stderr');
});

test('a restart compares what shapes the numbers or who can reach them', () => {
  const named = (restart: string) =>
    settingNames.filter((name) => settingNamed(name).restart === restart);
  assert.deepEqual(named('not compared'), ['confdir']);
  const free = [
    'daemon',
    'verbose',
    'threads',
    'log',
    'create',
    'pid-file',
    'mark-every',
    'seccomp',
  ];
  assert.deepEqual(named('free'), free);
});

test('64-bit numbers are decimal strings in JSON, lists read as YAML', () => {
  assert.equal(settingToJson(2n ** 64n - 2n), '18446744073709551614');
  assert.deepEqual([8963, true, 'none', ['a']].map(settingToJson), [8963, true, 'none', ['a']]);
  assert.equal(settingToText(['10.0.0.0/8', '192.0.2.1']), '[10.0.0.0/8, 192.0.2.1]');
  assert.equal(settingToText(5n), '5');
});
