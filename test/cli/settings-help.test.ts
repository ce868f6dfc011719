import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderSettingsHelp } from '../../src/cli/settings-help.js';
import { settingNames } from '../../src/settings/table.js';

test('the help names every flag and its alias, in lines of 80 columns', () => {
  const lines = renderSettingsHelp().split('\n');
  for (const name of settingNames) {
    assert.ok(
      lines.some((line) => line.startsWith('  -') && line.includes(`-${name} `)),
      name,
    );
  }
  assert.ok(lines.some((line) => line.startsWith('  -v, -verbose')));
  for (const line of lines) assert.ok(line.length <= 80, line);
});

test('the summaries are aligned', () => {
  const [rows = ''] = renderSettingsHelp().split('\n\n');
  const column = rows.indexOf('directory of');
  for (const row of rows.split('\n')) assert.match(row.slice(column - 2), /^ {2}\S/);
});
