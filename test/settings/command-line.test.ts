import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandLine } from '../../src/settings/command-line.js';

const commands = [
  { name: 'check' },
  { name: 'status', switches: [{ name: 'json' }] },
  {
    name: 'audit',
    switches: [{ name: 'json' }, { name: 'verify' }, { name: 'since', takesValue: true }],
  },
  { name: 'advance', positionals: [{ name: 'N' }] },
  { name: 'next', positionals: [{ name: 'COUNT', optional: true }] },
];

function parse(line: string) {
  return parseCommandLine(line === '' ? [] : line.split(' '), commands);
}

function faultsOf(line: string): string[] {
  return parse(line).faults.map(({ what, remedy }) => `${what}: ${remedy}`);
}

const settings = [
  ['-port 8963', 'port', '8963', '-port'],
  ['--port 8963', 'port', '8963', '-port'],
  ['-port=8963', 'port', '8963', '-port'],
  ['--session-port=1', 'session-port', '1', '-session-port'],
  ['-daemon', 'daemon', 'true', '-daemon'],
  ['-daemon=false', 'daemon', 'false', '-daemon'],
  ['-daemon=maybe', 'daemon', 'maybe', '-daemon'],
  ['-v', 'verbose', 'true', '-v'],
  ['-v=false', 'verbose', 'false', '-v'],
  ['-user -1', 'user', '-1', '-user'],
  ['-user --', 'user', '--', '-user'],
  ['-confdir=-a=b', 'confdir', '-a=b', '-confdir'],
  ['-port=', 'port', '', '-port'],
] as const;

for (const [line, name, text, origin] of settings) {
  test(`${line} gives ${name} the text "${text}"`, () => {
    const { settings, faults, command } = parse(line);
    assert.deepEqual(settings, [{ name, text, origin, place: origin }]);
    assert.deepEqual([faults, command], [[], undefined]);
  });
}

test('an empty command line is the service with nothing set', () => {
  const expected = { command: undefined, positionals: [], settings: [], faults: [] };
  assert.deepEqual(parse(''), { ...expected, switches: new Map() });
});

test('flags, switches and arguments may stand in any order', () => {
  for (const line of ['next 5 -port 1 -v', '-port 1 -v next 5', '-v next -port=1 5']) {
    const { command, positionals, settings, faults } = parse(line);
    assert.deepEqual([command, positionals, faults], ['next', ['5'], []]);
    assert.deepEqual(settings.map(({ name }) => name).sort(), ['port', 'verbose']);
  }
  for (const line of ['-json -since 1h audit', 'audit -since=1h --json']) {
    const { switches, faults } = parse(line);
    assert.deepEqual(faults, []);
    assert.deepEqual(Object.fromEntries(switches), { json: true, since: '1h' });
  }
});

test('every occurrence of a flag is kept, in order, for the last one to win', () => {
  assert.deepEqual(
    parse('-port 1 -port 2').settings.map(({ text }) => text),
    ['1', '2'],
  );
  assert.equal(parse('status -json -json=false').switches.get('json'), false);
});

test('help and version may be asked for with every command, and with none', () => {
  for (const line of ['-h', '-help', '--help', 'check -h', 'audit -help']) {
    assert.deepEqual(parse(line).faults, []);
    assert.equal(parse(line).switches.get('help'), true);
  }
  assert.equal(parse('-version').switches.get('version'), true);
});

const faults: [line: string, ...faults: string[]][] = [
  ['-prot 5', 'unknown flag "-prot": write -port, or remove it'],
  [
    '-prot 5 chek',
    'unknown flag "-prot": write -port, or remove it',
    'unknown command "chek": write txnid check, or see txnid help',
  ],
  ['-prot check', 'unknown flag "-prot": write -port, or remove it'],
  ['-jsn status', 'unknown flag "-jsn": write -json, or remove it'],
  ['-quite-unlike=1', 'unknown flag "-quite-unlike": remove it'],
  ['-constructor 1', 'unknown flag "-constructor": remove it'],
  ['-toString', 'unknown flag "-toString": remove it'],
  ['-port', '-port has no value: write -port=VALUE, or remove it'],
  ['-port -v', '-port has no value: write -port=VALUE, or remove it'],
  ['audit -since', '-since has no value: write -since=VALUE, or remove it'],
  ['audit -since=', '-since has no value: write -since=VALUE, or remove it'],
  ['-daemon false', 'unexpected argument "false" after -daemon: write -daemon=false'],
  ['check -v true', 'unexpected argument "true" after -v: write -v=true'],
  ['status -json=maybe', '-json is "maybe": must be true or false'],
  ['check --', 'unexpected argument "--": remove it, flags may stand anywhere'],
  ['chekc', 'unknown command "chekc": write txnid check, or see txnid help'],
  ['__proto__', 'unknown command "__proto__": see txnid help'],
  ['-1', 'unknown command "-1": see txnid help'],
  ['check status', 'unexpected argument "status": remove it'],
  ['next 1 2 3', 'unexpected argument "2": remove it', 'unexpected argument "3": remove it'],
  ['advance', 'advance has no N: write txnid advance N'],
  ['-json', '-json is no flag of the service: remove it, or use it with status, audit'],
  ['status -verify', '-verify is no flag of status: remove it, or use it with audit'],
];

for (const [line, ...expected] of faults) {
  test(`txnid ${line} is refused, with a way out`, () => {
    assert.deepEqual(faultsOf(line), expected);
  });
}

test('what is echoed cannot forge a line of a log', () => {
  const { faults } = parseCommandLine(
    ['-x\n\u001b[2J\u202e', `a\u0085${'y'.repeat(99)}`],
    commands,
  );
  assert.equal(faults[0]?.what, String.raw`unknown flag "-x\n\u001b[2J\u202e"`);
  const long = parseCommandLine([`a\u0085${'y'.repeat(99)}`], commands).faults;
  assert.equal(long[0]?.what, String.raw`unknown command "a\u0085${'y'.repeat(58)}"…`);
});

test('what other daemons call it is answered with what does it here', () => {
  const remedyOf = (line: string) => parse(line).faults[0]?.remedy ?? '';
  assert.match(remedyOf('-c'), /^write -confdir DIRECTORY .* or txnid check/);
  assert.match(remedyOf('-V'), /^write txnid version/);
  assert.match(remedyOf('-t'), /^write txnid check/);
  assert.match(remedyOf('start'), /^write txnid alone, which is the service.*systemctl start/);
  assert.match(remedyOf('stop'), /^send it SIGTERM.*systemctl stop/);
  assert.match(remedyOf('reload'), /settings are read at a start/);
});
