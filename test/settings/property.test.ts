import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfigFile } from '../../src/settings/file/file.js';
import type { SettingValue } from '../../src/settings/setting.js';
import type { SettingName } from '../../src/settings/table.js';
import { environmentName, settingNamed } from '../../src/settings/table.js';
import { settingToText } from '../../src/settings/value-text.js';
import { resolveWritten } from './resolve.js';

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
