import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Fault, TxnidError } from '../../src/errors.js';
import { parseCommandLine } from '../../src/settings/command-line.js';
import { type EffectiveSettings, resolveSettings } from '../../src/settings/layers.js';
import { environmentName, type SettingName, settingNames } from '../../src/settings/table.js';
import { settingToText } from '../../src/settings/value-text.js';
import { fuzz } from './fuzz.js';
import { isAllowed, modelNames, portsMeet, textsFor } from './settings-model.js';

interface Start {
  readonly environment: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

type Resolve = (start: Start) => EffectiveSettings;

const commands = [
  { name: 'next', positionals: [{ name: 'COUNT', optional: true }] },
  { name: 'audit', switches: [{ name: 'json' }, { name: 'since', takesValue: true }] },
];

const resolve: Resolve = ({ environment, flags }) =>
  resolveSettings({
    commandLine: parseCommandLine(flags, commands),
    environment,
    file: undefined,
    context: { cpuCount: 2, startsAsRoot: true, confdir: '/c' },
  });

/** The settings, or the error with nothing but printable lines that refuses them. */
function outcomeOf(start: Start, target: Resolve): EffectiveSettings | TxnidError {
  try {
    return target(start);
  } catch (error) {
    assert.ok(error instanceof TxnidError, String(error));
    const isGrammar = parseCommandLine(start.flags, commands).faults.length > 0;
    assert.equal(error.code, isGrammar ? 'command-line' : 'settings');
    for (const { what, remedy } of error.faults) assert.doesNotMatch(what + remedy, /\p{Cc}/u);
    return error;
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    ...settingNames,
    'prot',
    '__proto__',
    'constructor',
    '0x10',
    '1e3',
    'json',
    'since',
  ),
  fc.constantFrom('-', '--', '=', ',', ' ', '', 'true', 'false', '0', '8963', '10.0.0.0/8', '/'),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
const anyFlag = fc.oneof(
  text,
  fc.constantFrom('next', 'audit', 'nxt', '5', '-json', '-json=x', '-since', '-since=', '--', '-v'),
  fc.constantFrom(
    '-daemon',
    'false',
    '-h',
    '-allow=1.2.3.4,10.0.0.0/8',
    '-allow=10.1.0.0/8,',
    '-port',
  ),
  fc.tuple(fc.constantFrom(...settingNames), text).map(([name, value]) => `-${name}=${value}`),
);
const anyVariable = fc.oneof(
  fc.constantFrom(...settingNames.map(environmentName)),
  text.map((name) => `TXNID_SERVER_${name}`),
);

function raw({ what, remedy }: Fault): Fault {
  const written = (_escape: string, unit: string) => String.fromCharCode(Number.parseInt(unit, 16));
  return { what: what.replace(/\\u([0-9a-f]{4})/g, written), remedy };
}

fuzz('whatever the environment and the flags say, it is settings or faults of printable lines', {
  cases: fc.record({
    environment: fc.dictionary(anyVariable, text, { maxKeys: 3 }),
    flags: fc.array(anyFlag, { maxLength: 4 }),
  }),
  runs: 1200,
  target: resolve,
  canary: {
    bug: 'a fault that echoes what was written as it is',
    target: (start) => {
      try {
        return resolve(start);
      } catch (error) {
        throw error instanceof TxnidError
          ? new TxnidError(error.code, error.faults.map(raw))
          : error;
      }
    },
  },
  check: (start, target) => {
    outcomeOf(start, target);
  },
});

interface Given {
  readonly name: SettingName;
  readonly text: string;
  /** How it is written as flags; a text of its own that begins like a flag would be one. */
  readonly manner: 'one dash' | 'two dashes' | 'apart';
}

const given: fc.Arbitrary<Given> = fc.constantFrom(...modelNames).chain((name) =>
  fc.record({
    name: fc.constant(name),
    text: textsFor(name),
    manner: fc.constantFrom<Given['manner'][]>('one dash', 'two dashes', 'apart'),
  }),
);

function flagsFor({ name, text, manner }: Given): string[] {
  const isBoolean = name === 'daemon' || name === 'verbose';
  if (manner === 'apart' && !isBoolean) return [`-${name}`, text];
  return [`${manner === 'two dashes' ? '--' : '-'}${name}=${text}`];
}

/** As Number() would read it. */
const withoutHexadecimal = (flag: string) => flag.replace(/^((?:-[a-z-]+=)?)0x10$/, '$116');

fuzz('values of the environment and of flags are accepted as a model of the contract says', {
  cases: fc.record({
    variables: fc.array(given, { maxLength: 2 }),
    flags: fc.array(given, { maxLength: 3 }),
  }),
  runs: 2500,
  target: resolve,
  canary: {
    bug: 'a flag parser that takes 0x10',
    target: ({ environment, flags }) =>
      resolve({ environment, flags: flags.map(withoutHexadecimal) }),
  },
  check: ({ variables, flags }, target) => {
    const environment = new Map(variables.map(({ name, text }) => [name, text]));
    const values = new Map([
      ...environment,
      ...flags.map(({ name, text }) => [name, text] as const),
    ]);
    const all = [...environment, ...flags.map(({ name, text }) => [name, text] as const)];
    const isGood = all.every(([name, text]) => isAllowed(name, text)) && !portsMeet(values);
    const outcome = outcomeOf(
      {
        environment: Object.fromEntries(
          [...environment].map(([name, text]) => [environmentName(name), text]),
        ),
        flags: flags.flatMap(flagsFor),
      },
      target,
    );
    assert.equal(!(outcome instanceof TxnidError), isGood, String(outcome));
    if (outcome instanceof TxnidError) return;
    for (const [name, text] of values) assert.equal(settingToText(outcome.values[name]), text);
  },
});
