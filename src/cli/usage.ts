/** How a command is called, in the words that help, manual and completion share. Pure. */

import type { SwitchDeclaration } from '../settings/flags.js';
import type { Command } from './command.js';

/** `audit [-json] [-since TIME]`. */
export function usageOf({ name, positionals = [], switches = [] }: Command): string {
  const words = positionals.map((word) => (word.optional === true ? `[${word.name}]` : word.name));
  return [name, ...words, ...switches.map((flag) => `[${flagText(flag)}]`)].join(' ');
}

/** `-since TIME`. */
export function flagText({ name, takesValue = false, placeholder = 'VALUE' }: SwitchDeclaration) {
  return takesValue ? `-${name} ${placeholder}` : `-${name}`;
}

/** All exit codes of a command. */
export function exitCodesOf({ exitCodes = [] }: Command): number[] {
  return [...new Set([0, 64, ...exitCodes])].sort((one, other) => one - other);
}
