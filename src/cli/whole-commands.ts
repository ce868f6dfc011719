/** Commands that a message names, whole: with the flags that this process was given, so that they can be run as they stand. */

import type { CommandLine } from '../settings/command-line.js';

/** How the service itself runs, and nothing to any command. */
const ofTheServiceAlone: ReadonlySet<string> = new Set([
  'daemon',
  'verbose',
  'log',
  'threads',
  'create',
  'pid-file',
]);

/** What a shell takes as it is. */
const plain = /^[\w@%+=:,./-]+$/;

/** The flags that give settings, each with a space before it, as a shell has to be given them; of one given twice the last. */
export function givenFlags({ settings }: Pick<CommandLine, 'settings'>): string {
  const last = new Map(settings.map(({ name, text }) => [name, String(text)]));
  return [...last]
    .filter(([name]) => !ofTheServiceAlone.has(name))
    .map(
      ([name, text]) => ` -${name}${/^-/.test(text) || text === '' ? '=' : ' '}${shellWord(text)}`,
    )
    .join('');
}

/** Adds the flags to each command in double quotes: `"txnid accept"` becomes `"txnid accept -increment 3"`. */
export function wholeCommands(text: string, flags: string): string {
  if (flags === '') return text;
  return text.replace(
    /"(txnid (?!help\b|version\b)[a-z][^"]*)"/g,
    `"$1${flags.replaceAll('$', '$$$$')}"`,
  );
}

function shellWord(text: string): string {
  return plain.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
