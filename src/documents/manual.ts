/** The manual page txnid(1), generated from the tables of commands, settings and exit codes. */

import type { Command } from '../cli/command.js';
import { exitMeanings } from '../cli/exit-codes.js';
import { exitCodesOf } from '../cli/usage.js';
import { exitCodes } from '../errors.js';
import { environmentName, settingNamed, settingNames } from '../settings/table.js';
import { roffHead, roffList, roffText } from './roff.js';

const about =
  'txnid hands out 64-bit numbers that are unique and sequential: whoever connects to its port reads ' +
  'one number and a newline. Over crashes, power loss, pauses, full and failing disks, two starts at ' +
  'once and edited settings no number comes twice, numbers only ever increase, and a clean stop ' +
  'leaves out none. Without a command it runs the service.';

const signals: readonly [string, string][] = [
  ['Dv SIGTERM , SIGINT', 'Take no more connections, save the exact position, and end.'],
  ['Dv SIGUSR1', 'Write one line of status to the log.'],
  ['Dv SIGHUP', 'Is ignored.'],
];

const files: readonly [string, string][] = [
  ['Pa txnid.yaml', 'Settings.'],
  ['Pa txnid.dat', 'Progress: two slots of readable text, each with a checksum.'],
  [
    'Pa txnid.audit',
    'The audit trail: JSON lines, each with the hash of the one before; it only grows.',
  ],
  ['Pa txnid.dat.lock', 'Is there while the progress file is in use.'],
];

/** The page in mdoc(7). */
export function renderManual(commands: readonly Command[]): string {
  const lines = [
    ...roffHead('TXNID', 1, 'txnid', 'hands out unique, sequential 64-bit numbers'),
    ...['.Sh SYNOPSIS', '.Nm', '.Op Ar flags', '.Nm', '.Ar command', '.Op Ar flags'],
    ...['.Sh DESCRIPTION', roffText(about)],
    ...['.Sh COMMANDS', 'All take the flags of the service, so that they see the same settings.'],
    ...roffList(commands.map((command) => [headOf(command), bodyOf(command)])),
    ...['.Sh OPTIONS', 'Flags take one or two dashes,', '.Fl port Ar 8963', 'or'],
    ...['.Fl port Ns = Ns Ar 8963 .', 'What values are allowed is told by', '.Xr txnid.yaml 5 .'],
    ...roffList(settingNames.map(optionOf)),
    ...['.Sh ENVIRONMENT', `${roffText(environmentName(''))}*, such as`],
    ...[`.Ev ${environmentName('session-port')} ,`, 'sets what the flag sets.', '.Ev NO_COLOR'],
    'keeps text at a terminal without colour.',
    ...['.Sh FILES', 'In the confdir,', '.Pa /etc/txnidserver', 'by default:', ...roffList(files)],
    ...['.Sh SIGNALS', ...roffList(signals)],
    ...['.Sh EXIT STATUS', ...roffList(exitRows())],
    ...['.Sh EXAMPLES', 'A number from the service of this host:'],
    ...[
      '.Pp',
      '.Dl nc localhost 8963 < /dev/null',
      '.Pp',
      'What each command can be tried with:',
      '.Pp',
    ],
    ...commands.flatMap(({ examples = [] }) => examples.map((one) => `.Dl ${roffText(one)}`)),
    ...['.Sh SEE ALSO', '.Xr txnid.yaml 5'],
  ];
  return `${lines.join('\n')}\n`;
}

function headOf({ name, positionals = [], switches = [] }: Command): string {
  const words = positionals.map((word) => `${word.optional === true ? 'Op ' : ''}Ar ${word.name}`);
  const flags = switches.map((flag) => {
    const value = flag.takesValue === true ? ` Ar ${flag.placeholder ?? 'VALUE'}` : '';
    return `Op Fl ${roffText(flag.name)}${value}`;
  });
  const parts = [...words, ...flags].map((part) => `.${part}\n`).join('');
  // A line of its own each, since Op goes on to the end of its line.
  return parts === '' ? `Ic ${name}` : `Ic ${name} Xo\n${parts}.Xc`;
}

function bodyOf(command: Command): string {
  const { summary, description, positionals = [], switches = [] } = command;
  const nouns = positionals.map((word): [string, string] => [
    `Ar ${word.name}`,
    roffText(word.summary ?? ''),
  ]);
  const flags = switches.map((flag): [string, string] => [
    `Fl ${roffText(flag.name)}${flag.takesValue === true ? ` Ar ${flag.placeholder ?? 'VALUE'}` : ''}`,
    roffText(flag.summary ?? ''),
  ]);
  return [
    roffText(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...(description === undefined ? [] : [roffText(description)]),
    ...roffList([...nouns, ...flags]),
    ...(nouns.length + flags.length === 0 ? [] : ['.Pp']),
    `Exit codes: ${exitCodesOf(command).join(', ')}.`,
  ].join('\n');
}

function optionOf(name: (typeof settingNames)[number]): [string, string] {
  const { alias, placeholder, summary } = settingNamed(name);
  const names = [...(alias === undefined ? [] : [alias]), name].map((one) => `Fl ${roffText(one)}`);
  const value = placeholder === undefined ? '' : ` Ar ${placeholder}`;
  return [
    `${names.join(' , ')}${value}`,
    roffText(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
  ];
}

function exitRows(): [string, string][] {
  const codes = [...new Set([0, ...Object.values(exitCodes)])].sort((one, other) => one - other);
  return codes.map((code) => [String(code), roffText(`${exitMeanings[code]}.`)]);
}
