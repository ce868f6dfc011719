import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TxnidError } from '../../src/errors.js';
import { parseCommandLine } from '../../src/settings/command-line.js';
import { parseConfigFile, readConfigFile } from '../../src/settings/file.js';
import { resolveSettings } from '../../src/settings/layers.js';
import type { SettingValue } from '../../src/settings/setting.js';
import type { SettingName } from '../../src/settings/table.js';
import { environmentName, settingNamed, settingNames } from '../../src/settings/table.js';
import { settingToText } from '../../src/settings/value-text.js';
import { resolveWritten } from './resolve.js';

/** Pieces that settings are made of, so that random text gets past the first check. */
const piece = fc.oneof(
  fc.constantFrom(
    ...settingNames,
    'prot',
    '__proto__',
    'constructor',
    '0x10',
    '1e3',
    '"',
    '&a',
    '*a',
  ),
  fc.constantFrom(
    ': ',
    '\n',
    ' ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '!!int ',
    '---\n',
    '%',
    '#',
    '|',
    '<<',
  ),
  fc.constantFrom(
    '-',
    '--',
    '=',
    'true',
    '0',
    '8963',
    '10.0.0.0/8',
    '1.2.3.4',
    'none',
    '/',
    '~',
    '?',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
const flag = fc.oneof(
  text,
  fc.tuple(fc.constantFrom(...settingNames), text).map(([n, t]) => `-${n}=${t}`),
);
const variables = fc.dictionary(
  fc.oneof(
    fc.constantFrom(...settingNames.map(environmentName)),
    text.map((t) => `TXNID_SERVER_${t}`),
  ),
  text,
);
const commands = [{ name: 'next', positionals: [{ name: 'COUNT', optional: true }] }];

/** One fault, one line: nothing that is echoed may break it. */
function assertPlainLines({
  faults,
}: {
  faults: readonly { what: string; remedy: string }[];
}): void {
  for (const { what, remedy } of faults) assert.doesNotMatch(what + remedy, /\p{Cc}/u);
}

test('whatever is written, the outcome is settings or one TxnidError of printable lines', () => {
  let canary = false;
  const anything = fc.tuple(text, variables, fc.array(flag, { maxLength: 6 }));
  fc.assert(
    fc.property(anything, ([yaml, environment, flags]) => {
      const commandLine = parseCommandLine(flags, commands);
      const file = parseConfigFile(yaml);
      try {
        const context = { cpuCount: 2, startsAsRoot: true, confdir: '/c' };
        resolveSettings({ commandLine, environment, file, context });
      } catch (error) {
        assert.ok(error instanceof TxnidError, String(error));
        assert.equal(error.code, commandLine.faults.length > 0 ? 'command-line' : 'settings');
        assertPlainLines(error);
        canary ||= error.message.includes('must be a whole number');
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(canary, 'the generator never got as far as a bad number');
});

test('whatever bytes a file holds, reading it never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      assertPlainLines(readConfigFile(bytes));
    }),
    { numRuns: 1000 },
  );
});

const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
const address = octets.map((parts) => parts.join('.'));
const wideNumber = fc.bigInt({ min: 1n, max: 2n ** 64n - 2n });
const path = fc.stringMatching(/^\/[ -~]{0,99}$/);

const goodValues: Partial<Record<SettingName, fc.Arbitrary<SettingValue>>> = {
  confdir: path,
  daemon: fc.boolean(),
  threads: fc.integer({ min: 1, max: 64 }),
  log: fc.constantFrom('stderr', 'syslog'),
  ip: address,
  port: fc.integer({ min: 1, max: 65535 }),
  instance: fc.integer({ min: 0, max: 32767 }),
  max: wideNumber,
};

for (const [name, good] of Object.entries(goodValues) as [
  SettingName,
  fc.Arbitrary<SettingValue>,
][]) {
  test(`${name} comes back from its text as it was, from every layer`, () => {
    const back = (written: Parameters<typeof resolveWritten>[0]) =>
      resolveWritten(written).values[name];
    fc.assert(
      fc.property(good, (value) => {
        const text = settingToText(value);
        assert.equal(back({ flags: [`-${name}=${text}`] }), value);
        assert.equal(back({ environment: { [environmentName(name)]: text } }), value);
        if (settingNamed(name).layers.includes('file')) {
          assert.equal(back({ yaml: `${name}: ${text}` }), value);
        }
      }),
    );
  });
}

test('a jail and a list of addresses come back from YAML and from flags as they were', () => {
  const lists = fc.array(
    fc.oneof(
      address,
      address.map((text) => `${text}/32`),
    ),
    { maxLength: 64 },
  );
  fc.assert(
    fc.property(path, lists, (jail, allow) => {
      const [first] = parseConfigFile(`chroot: ${JSON.stringify(jail)}`).assignments;
      assert.equal(settingNamed('chroot').schema.parse(first?.text), jail);
      const [list] = parseConfigFile(`allow: ${settingToText(allow)}`).assignments;
      assert.ok(Array.isArray(list?.text));
      const texts = list.text.map((entry: { text: string }) => entry.text);
      assert.deepEqual(settingNamed('allow').schema.parse(texts), allow);
    }),
  );
});
