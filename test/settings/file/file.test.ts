import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileLayer, parseConfigFile } from '../../../src/settings/file/file.js';
import { configFileBytesMax, syntaxFaultsMax } from '../../../src/settings/limits.js';
import { faultLines, resolveWritten } from '../resolve.js';

const number = 'must be a whole number from 1 to 65535';
const list =
  /: must be a list of at most 64 IPv4 and IPv6 addresses or blocks .*, in brackets, such as \[/;

function linesOf(yaml: string): string[] {
  return parseConfigFile(yaml).faults.map(({ what, remedy }) => `${what}: ${remedy}`);
}

for (const yaml of ['', '\n', '# nothing\n', '---\n', '---\n# nothing\n...\n', '{}', '\uFEFF']) {
  test(`${JSON.stringify(yaml)} sets nothing and is fine`, () => {
    assert.deepEqual(parseConfigFile(yaml), { assignments: [], faults: [] });
  });
}

test('a value keeps its own text, the line of its key and its own place', () => {
  const { assignments, faults } = parseConfigFile(
    '# a\nport: 08963 # b\n\nuser: "no\\tbody"\nmax: "18446744073709551614"\nip:\n  1.2.3.4\n',
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(assignments, [
    { name: 'port', text: '08963', origin: 'txnid.yaml:2', place: 'txnid.yaml:2:7' },
    { name: 'user', text: 'no\tbody', origin: 'txnid.yaml:4', place: 'txnid.yaml:4:7' },
    { name: 'max', text: '18446744073709551614', origin: 'txnid.yaml:5', place: 'txnid.yaml:5:6' },
    { name: 'ip', text: '1.2.3.4', origin: 'txnid.yaml:6', place: 'txnid.yaml:7:3' },
  ]);
});

test('a list keeps the place of each entry', () => {
  for (const yaml of ['allow: [a, "b"]', "allow:\n- a\n- 'b'\n"]) {
    const [allow] = parseConfigFile(yaml).assignments;
    assert.ok(Array.isArray(allow?.text));
    assert.deepEqual(
      allow.text.map((entry: { text: string }) => entry.text),
      ['a', 'b'],
    );
  }
  assert.deepEqual(parseConfigFile('allow: []').assignments[0]?.text, []);
  const [line] = faultLines({ yaml: 'allow:\n  - 192.0.2.1\n  - 10.0.0.1/8\n' });
  assert.equal(
    line,
    'txnid.yaml:3:5: allow is "10.0.0.1/8": must be 10.0.0.0/8, where every host bit is zero',
  );
});

test('numbers are exact, and only max may be quoted', () => {
  for (const max of ['18446744073709551613', '"18446744073709551613"', "'18446744073709551613'"]) {
    assert.equal(resolveWritten({ yaml: `max: ${max}` }).values.max, 18446744073709551613n);
  }
});

/** Faults of the form of the file: each has its place, its setting and a way out. */
const malformed: [yaml: string, ...faults: string[]][] = [
  ['prot: 1', 'txnid.yaml:1:1: unknown setting "prot": write port, or remove it'],
  ['\n quite-unlike: 1', 'txnid.yaml:2:2: unknown setting "quite-unlike": remove it'],
  ['__proto__: 1', 'txnid.yaml:1:1: unknown setting "__proto__": remove it'],
  ['constructor: 1', 'txnid.yaml:1:1: unknown setting "constructor": remove it'],
  ['toString: 1', 'txnid.yaml:1:1: unknown setting "toString": remove it'],
  ['8963: port', 'txnid.yaml:1:1: unknown setting "8963": remove it'],
  [
    '"po\\u001brt": 1',
    String.raw`txnid.yaml:1:1: unknown setting "po\u001brt": write port, or remove it`,
  ],
  ['<<: {port: 1}', 'txnid.yaml:1:1: unknown setting "<<": remove it'],
  ['? [port]\n: 1', 'txnid.yaml:1:3: a key that is no word: write the name of a setting'],
  [
    'port: 1\nip: 1.2.3.4\nport: 2',
    'txnid.yaml:3:1: port is given twice, first in txnid.yaml:1: keep one of them',
  ],
  [
    'confdir: /etc',
    'txnid.yaml:1:1: confdir cannot be set in txnid.yaml: use -confdir or TXNID_SERVER_CONFDIR instead',
  ],
  ['port: "8963"', `txnid.yaml:1:7: port is the text "8963": ${number}, without quotes`],
  ["port: 'yes'", `txnid.yaml:1:7: port is the text "yes": ${number}, without quotes`],
  [
    'port: |\n  8963\n',
    String.raw`txnid.yaml:1:7: port is the text "8963\n": ${number}, without quotes`,
  ],
  [
    'daemon: "true"',
    'txnid.yaml:1:9: daemon is the text "true": must be true or false, without quotes',
  ],
  ['port: [1]', `txnid.yaml:1:7: port is a list: ${number}`],
  ['port: {tcp: 1}', `txnid.yaml:1:7: port is a map: ${number}`],
  ['port:\n  tcp: 1', `txnid.yaml:2:3: port is a map: ${number}`],
  ['port: &here 1', 'txnid.yaml:1:13: the anchor "here": write the value itself'],
  ['&here port: 1', 'txnid.yaml:1:7: the anchor "here": write the value itself'],
  ['port: *there', 'txnid.yaml:1:7: the alias "there": write the value itself'],
  ['*there : 1', 'txnid.yaml:1:1: the alias "there": write the value itself'],
  ['allow: [*there]', 'txnid.yaml:1:9: the alias "there": write the value itself'],
  ['port: !!int 1', 'txnid.yaml:1:13: the tag "tag:yaml.org,2002:int": write the value itself'],
  ['port: ! 1', 'txnid.yaml:1:9: the tag "!": write the value itself'],
  ['!!map\nport: 1', 'txnid.yaml:2:1: the tag "tag:yaml.org,2002:map": write the value itself'],
  ['port: 1\n---\nport: 2', 'txnid.yaml:2:1: a second YAML document: keep all settings in one'],
  ['%YAML 1.1\n---\nport: 1', 'txnid.yaml:1:1: the directive "%YAML 1.1": remove it'],
  ['%TAG ! x:\n---\nport: 1', 'txnid.yaml:1:1: the directive "%TAG ! x:": remove it'],
  ['# a\n%port: 1', 'txnid.yaml:2:1: the directive "%port: 1": remove it'],
  ['- port', 'txnid.yaml:1:1: not a map of settings: write each setting as name: value'],
  ['~', 'txnid.yaml:1:1: not a map of settings: write each setting as name: value'],
  ['8963', 'txnid.yaml:1:1: not a map of settings: write each setting as name: value'],
  ['port 8963\n', 'txnid.yaml:1:1: not a map of settings: write each setting as name: value'],
];

for (const [yaml, ...expected] of malformed) {
  test(`${JSON.stringify(yaml)} is refused where it is wrong`, () => {
    assert.deepEqual(linesOf(yaml), expected);
  });
}

test('the directive that names the YAML in use is accepted', () => {
  assert.deepEqual(linesOf('%YAML 1.2\n---\nport: 1'), []);
});

test('allow must be a list of addresses, not a text or a list of lists', () => {
  assert.match(linesOf('allow: 10.0.0.0/8')[0] ?? '', list);
  assert.match(linesOf('allow: [[a]]')[0] ?? '', /^txnid\.yaml:1:9: allow is a list with lists or/);
  assert.match(
    linesOf('allow: {a: b}')[0] ?? '',
    /^txnid\.yaml:1:8: allow is a map: must be a list/,
  );
});

for (const yaml of [
  'port:',
  'port: ',
  'port: # none',
  'port: ~',
  'port: null',
  'port: ""',
  '? port',
]) {
  test(`${yaml} is empty, which is a fault`, () => {
    const [line] = faultLines({ yaml });
    assert.match(
      line ?? '',
      /^txnid\.yaml:1:\d: port is (empty|the text ""): must be a whole number/,
    );
  });
}

const written: [yaml: string, shown: string][] = [
  ['port: 99999', '7: port is "99999"'],
  ['port: 0x10', '7: port is "0x10"'],
  ['port: 1e3', '7: port is "1e3"'],
  ['port: 8963.0', '7: port is "8963.0"'],
  ['port:   yes', '9: port is "yes"'],
  ['port: 89\n 63', '7: port is "89 63"'],
];

for (const [yaml, shown] of written) {
  test(`${JSON.stringify(yaml)} is no port`, () => {
    assert.deepEqual(faultLines({ yaml }), [`txnid.yaml:1:${shown}: ${number}`]);
  });
}

test('all faults of a file are reported at once', () => {
  const lines = faultLines({ yaml: 'prot: 1\nport: 0\nip: x\nport: y\nmax: &m 5\n' });
  assert.deepEqual(lines.map((line) => line.slice(0, 'txnid.yaml:n'.length)).sort(), [
    'txnid.yaml:1',
    'txnid.yaml:2',
    'txnid.yaml:3',
    'txnid.yaml:4',
    'txnid.yaml:4',
    'txnid.yaml:5',
  ]);
});

const broken = ['port: [', '\tport: 1', 'a: b: c', 'port: @x', '"', 'port: 1\n ip: x', '*a *b'];

for (const yaml of broken) {
  test(`${JSON.stringify(yaml)} is bad YAML, at a place`, () => {
    const lines = linesOf(yaml);
    assert.notEqual(lines.length, 0);
    for (const line of lines) {
      assert.match(line, /^txnid\.yaml:1:\d+: |^txnid\.yaml:2:\d+: /);
      assert.match(line, /: write each setting on a line of its own, such as port: 8963$/);
    }
  });
}

test('deep nesting and floods of errors end as a few faults', () => {
  for (const piece of [
    '[',
    '{a: ',
    '- ',
    '? ',
    'a: ',
    '"',
    '&a ',
    '*a\n',
    '!a ',
    '---\n',
    '%A\n',
  ]) {
    const lines = linesOf(piece.repeat(configFileBytesMax / piece.length));
    assert.notEqual(lines.length, 0, piece);
    if (piece !== '%A\n') assert.ok(lines.length <= syntaxFaultsMax, piece);
  }
});

const bytes: [what: string, bytes: Uint8Array, ...faults: string[]][] = [
  ['a file at the limit', Buffer.from('#'.repeat(configFileBytesMax))],
  [
    'a file over the limit',
    Buffer.from('#'.repeat(configFileBytesMax + 1)),
    'txnid.yaml is longer than 65536 bytes: keep nothing but settings and comments in it',
  ],
  [
    'a NUL byte',
    Buffer.from('port: 1\n# \0'),
    'txnid.yaml:2:3: a NUL byte: write the file as plain UTF-8 text',
  ],
  [
    'Latin-1',
    Buffer.from('# é\n# é', 'latin1'),
    'txnid.yaml:1:3: not UTF-8: write the file as plain UTF-8 text',
  ],
  [
    'UTF-8 cut short',
    Buffer.from('\n# é').subarray(0, 4),
    'txnid.yaml:2:3: not UTF-8: write the file as plain UTF-8 text',
  ],
  [
    'a surrogate',
    Buffer.from([0x23, 0xed, 0xa0, 0x80]),
    'txnid.yaml:1:2: not UTF-8: write the file as plain UTF-8 text',
  ],
  [
    'UTF-16',
    Buffer.from('port: 1', 'utf16le'),
    'txnid.yaml:1:2: a NUL byte: write the file as plain UTF-8 text',
  ],
  [
    'a byte order mark',
    Buffer.from('\uFEFFprot: 1'),
    'txnid.yaml:1:1: unknown setting "prot": write port, or remove it',
  ],
];

for (const [what, content, ...expected] of bytes) {
  test(`${what}: ${expected.length === 0 ? 'accepted' : 'refused'}`, () => {
    const faults = fileLayer(content).faults.map((fault) => `${fault.what}: ${fault.remedy}`);
    assert.deepEqual(faults, expected);
  });
}
