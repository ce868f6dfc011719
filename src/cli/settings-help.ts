import { configFileName } from '../settings/limits.js';
import type { Setting } from '../settings/setting.js';
import {
  environmentName,
  type SettingName,
  settingNamed,
  settingNames,
} from '../settings/table.js';
import { settingToText } from '../settings/value-text.js';
import { wrap } from './wrap.js';

const columnsMax = 80;

const notes = [
  'Flags take one or two dashes, as -port 8963 or -port=8963. A flag without a value here is a ' +
    'boolean: alone it means true, -daemon=false turns it off.',
  `In ${configFileName} the same setting is port: 8963, in the environment ` +
    `${environmentName('port')}=8963, with _ for each -, as in ${environmentName('session-port')}. ` +
    `Flags go before the environment, that before ${configFileName}. Only confdir cannot be set there.`,
];

/** The part of the help text that is about settings: a line or two for each, then notes. */
export function renderSettingsHelp(): string {
  const flags = settingNames.map((name) => flagOf(name, settingNamed(name)));
  const margin = Math.max(...flags.map((flag) => flag.length)) + 2;
  const rows = settingNames.flatMap((name, index) => {
    const [first, ...more] = wrap(description(settingNamed(name)), columnsMax - margin);
    return [
      `${flags[index]?.padEnd(margin)}${first}`,
      ...more.map((line) => ' '.repeat(margin) + line),
    ];
  });
  const paragraphs = notes.map((note) => wrap(note, columnsMax).join('\n'));
  return `${[rows.join('\n'), ...paragraphs].join('\n\n')}\n`;
}

function flagOf(name: SettingName, { alias, placeholder }: Setting): string {
  const names = alias === undefined ? `-${name}` : `-${alias}, -${name}`;
  return `  ${names}${placeholder === undefined ? '' : ` ${placeholder}`}`;
}

function description({ summary, defaultInWords, default: defaultOf }: Setting): string {
  const usual =
    defaultInWords ??
    settingToText(defaultOf({ cpuCount: 1, startsAsRoot: false, confdir: '' }, {}));
  return `${summary} (${usual})`;
}
