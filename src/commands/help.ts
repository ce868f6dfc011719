/** `txnid help`: how to call the program. */

import { renderSettingsHelp } from '../settings/help.js';
import { aligned } from './aligned.js';
import type { Command, CommandContext } from './command.js';

const introduction = [
  'txnid hands out 64-bit numbers that are unique and sequential: connect, read a number.',
  '',
  'usage: txnid [FLAGS]            run the service',
  '       txnid COMMAND [FLAGS]    with the same flags',
  '',
];

export async function help({ print, commands }: CommandContext): Promise<number> {
  for (const line of [...introduction, ...commandLines(commands), '']) print(line);
  print(renderSettingsHelp().trimEnd());
  return 0;
}

function commandLines(commands: readonly Command[]): string[] {
  return aligned(commands.map((command) => [`  ${usageOf(command)}`, command.summary]));
}

function usageOf({ name, positionals = [], switches = [] }: Command): string {
  const words = positionals.map((word) => (word.optional === true ? `[${word.name}]` : word.name));
  return [name, ...words, ...switches.map((flag) => `[-${flag.name}]`)].join(' ');
}
