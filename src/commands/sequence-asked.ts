/** The sequence that a command is about: the switch `-sequence`. */

import type { CommandContext } from '../cli/command.js';
import { failure } from '../errors.js';
import { namedDirectory, namesThere, noSequence } from '../progress/names/names.js';
import { defaultName, isSequenceName, nameRule } from '../sequence/name.js';

/** For the table of commands. */
export const sequenceSwitch = {
  name: 'sequence',
  takesValue: true,
  placeholder: 'NAME',
} as const;

/** The name that was given; undefined for the instance's own sequence. Throws a `command-line` error for what is none. */
export function sequenceAsked({ commandLine }: CommandContext): string | undefined {
  const name = commandLine.switches.get('sequence');
  if (name === undefined || name === defaultName) return undefined;
  if (typeof name === 'string' && isSequenceName(name)) return name;
  throw failure('command-line', `-sequence is ${JSON.stringify(name)}`, `must be ${nameRule}`);
}

/** The directory of its files. Throws a `state` error where there is no sequence of that name. */
export function directoryAsked(confdir: string, name: string | undefined): string {
  if (name === undefined) return confdir;
  if (namesThere(confdir).includes(name)) return namedDirectory(confdir, name);
  throw noSequence(confdir, name);
}
