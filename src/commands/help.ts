/** `txnid help [COMMAND]`, and -h beside a command: how to call the program. */

import { aligned } from '../cli/aligned.js';
import type { Command, CommandContext } from '../cli/command.js';
import { exitMeanings } from '../cli/exit-codes.js';
import type { Paint } from '../cli/paint.js';
import { renderSettingsHelp } from '../cli/settings-help.js';
import { exitCodesOf, flagText, usageOf } from '../cli/usage.js';
import { wrap } from '../cli/wrap.js';
import { failure, type TxnidError } from '../errors.js';
import { quoted } from '../settings/quote.js';
import { suggest } from '../settings/suggest.js';

const columnsMax = 80;
const summaryColumnsMin = 30;

const introduction = [
  'txnid hands out 64-bit numbers that are unique and sequential: connect, read a number.',
  '',
  'usage: txnid [FLAGS]            run the service',
  '       txnid COMMAND [FLAGS]    with the same flags',
  '',
];

export async function help({ commandLine, print, paint, commands }: CommandContext) {
  const { command, positionals } = commandLine;
  const [topic] = positionals;
  const name = command === 'help' ? topic : command;
  const found = commands.find((candidate) => candidate.name === name);
  if (found === undefined && command === 'help' && topic !== undefined)
    throw unknown(topic, commands);
  const lines = found === undefined ? programHelp(commands) : commandHelp(found, paint);
  for (const line of lines) print(line);
  return 0;
}

function unknown(topic: string, commands: readonly Command[]): TxnidError {
  const nearest = suggest(
    topic,
    commands.map(({ name }) => name),
  );
  const remedy =
    nearest === undefined ? 'see txnid help' : `write txnid help ${nearest}, or see txnid help`;
  return failure('command-line', `unknown command ${quoted(topic)}`, remedy);
}

function programHelp(commands: readonly Command[]): string[] {
  const rows = commands.map((command): [string, string] => [usageOf(command), command.summary]);
  return [...introduction, ...described(rows), '', ...renderSettingsHelp().trimEnd().split('\n')];
}

/** What there is to know of one command. */
function commandHelp(command: Command, paint: Paint): string[] {
  const { summary, description, positionals = [], switches = [], examples = [] } = command;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', paint('strong', `${title}:`), ...lines];
  const nouns = positionals.map((word): [string, string] => [word.name, word.summary ?? '']);
  const flags = switches.map((flag): [string, string] => [flagText(flag), flag.summary ?? '']);
  const codes = exitCodesOf(command).map((code): [string, string] => {
    return [String(code).padStart(3), exitMeanings[code] ?? ''];
  });
  return [
    ...usageLines(command, paint),
    '',
    ...wrap(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, columnsMax),
    ...(description === undefined ? [] : ['', ...wrap(description, columnsMax)]),
    ...section('arguments', described(nouns)),
    ...section('flags of its own', described(flags)),
    ...section('exit codes', described(codes)),
    ...section(
      'examples',
      examples.map((example) => `  ${example}`),
    ),
    '',
    'FLAGS are the settings, which say what is meant: see txnid help.',
  ];
}

function usageLines(command: Command, paint: Paint): string[] {
  const [first = '', ...more] = wrap(unbroken(`txnid ${usageOf(command)} [FLAGS]`), columnsMax - 7);
  const lines = [`usage: ${first}`, ...more.map((line) => `       ${line}`)];
  return lines.map((line) => line.replaceAll(hardSpace, ' ')).map((line) => paint('strong', line));
}

const hardSpace = '\u00a0';

/** A flag and its value stay on one line. */
function unbroken(usage: string): string {
  return usage.replace(/\[[^\]]*\]/g, (part) => part.replaceAll(' ', hardSpace));
}

/** Words and what they mean, in two columns; a word that takes too much room has a line of its own. */
function described(rows: readonly (readonly [string, string])[]): string[] {
  const widest = Math.max(0, ...rows.map(([word]) => word.length));
  const margin = Math.min(widest, columnsMax - summaryColumnsMin) + 4;
  return rows.flatMap(([word, text]) => {
    const [first = '', ...more] = wrap(text, columnsMax - margin);
    const isLong = word.length > margin - 4;
    const head = isLong
      ? [`  ${word}`, `${' '.repeat(margin)}${first}`]
      : aligned([[`  ${word}`.padEnd(margin - 2), first]]);
    return [...head, ...more.map((line) => ' '.repeat(margin) + line)];
  });
}
