/** The manual page txnid.yaml(5), generated from the table of settings. */

import { configFileBytesMax, configFileName } from '../settings/limits.js';
import type { Setting } from '../settings/setting.js';
import { defaultValues, environmentName, settingNamed, settingNames } from '../settings/table.js';
import { settingToText } from '../settings/value-text.js';
import { roffHead, roffList, roffText } from './roff.js';

const exampleHost = { cpuCount: 4, startsAsRoot: false, confdir: '' };

const layers =
  `txnid takes its settings in layers, the later one wins: defaults, then ${configFileName} in the ` +
  'confdir, then the environment, then flags. Every fault of every layer is reported at once, with ' +
  'its place. The file is YAML: a setting a line, each at most once, without anchors and in one ' +
  `document of at most ${configFileBytesMax / 1024} KiB. It may be missing.`;

const naming = [
  `The setting session-port is session-port: in the file, ${environmentName('session-port')} in the ` +
    'environment, and -session-port as a flag.',
  'What shapes the numbers, or who can reach them, is marked as saved: it is kept with the progress, ' +
    'and a restart with another value is refused until "txnid accept" has taken it.',
  'Started as root, the file and its directory must be writable by root alone.',
];

/** The page in mdoc(7). */
export function renderSettingsManual(): string {
  const rows = settingNames.map((name): [string, string] => {
    const { placeholder } = settingNamed(name);
    const value = placeholder === undefined ? '' : ` Ar ${placeholder}`;
    return [`Cm ${roffText(name)} :${value}`, roffText(description(settingNamed(name), name))];
  });
  const lines = [
    ...roffHead('TXNID.YAML', 5, configFileName, 'settings of txnid'),
    '.Sh DESCRIPTION',
    roffText(layers),
    ...naming.flatMap((text) => ['.Pp', roffText(text)]),
    '.Sh SETTINGS',
    ...roffList(rows),
    '.Sh FILES',
    ...roffList([[`Pa /etc/txnidserver/${configFileName}`, 'Where it is by default.']]),
    '.Sh EXAMPLES',
    'The second of three instances of a cluster, with sessions for the local network:',
    '.Bd -literal -offset indent',
    ...['instance: 2', 'increment: 3', 'session-port: 8964', 'allow:', '  - 10.0.0.0/8'].map(
      roffText,
    ),
    '.Ed',
    '.Sh SEE ALSO',
    '.Xr txnid 1',
  ];
  return `${lines.join('\n')}\n`;
}

function description(setting: Setting, name: (typeof settingNames)[number]): string {
  const { summary, allowed, unit, defaultInWords, restart, layers: from } = setting;
  const usual = defaultInWords ?? settingToText(defaultValues(exampleHost, {})[name]);
  const sentences = [
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`,
    `Allowed: ${allowed}${unit === undefined ? '' : `, in ${unit}`}`,
    `Default: ${usual}`,
    ...(restart === 'must match' ? ['Saved'] : []),
    ...(from.includes('file') ? [] : ['Only as a flag or in the environment']),
  ];
  return sentences.map((sentence) => `${sentence}.`).join('\n');
}
