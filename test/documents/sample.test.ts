import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderSample } from '../../src/documents/sample.js';
import { parseConfigFile } from '../../src/settings/file/file.js';
import { settingNamed, settingNames } from '../../src/settings/table.js';
import { resolveWritten } from '../settings/resolve.js';

const fileNames = settingNames.filter((name) => settingNamed(name).layers.includes('file'));

test('the sample as it is sets nothing, in lines of 80 columns', () => {
  assert.deepEqual(parseConfigFile(renderSample()), { assignments: [], faults: [] });
  for (const line of renderSample().split('\n')) assert.ok(line.length <= 80, line);
});

test('the sample with every setting uncommented parses, and sets every default', () => {
  const setting = new RegExp(`^# (?=(?:${fileNames.join('|')}): )`, 'gm');
  const { values, origins } = resolveWritten({
    yaml: renderSample().replace(setting, ''),
    cpuCount: 4,
  });
  assert.deepEqual(values, resolveWritten({ cpuCount: 4 }).values);
  for (const name of fileNames) assert.match(origins[name], /^txnid\.yaml:\d+$/);
});
