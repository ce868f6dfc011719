import type { Fault } from '../errors.js';
import { type CommandDeclaration, commonSwitches } from './flags.js';
import { quoted } from './quote.js';
import { suggest } from './suggest.js';

/** What a command line asks of its command. */
interface Use {
  readonly command: string | undefined;
  readonly positionals: readonly string[];
  readonly switches: Iterable<string>;
  /** Whether all of the line could be read: else what seems to be missing may be misspelt. */
  readonly sound: boolean;
}

/** Faults of a use: no such command, too many or too few arguments, another command's switch. */
export function misuses(use: Use, commands: readonly CommandDeclaration[]): Fault[] {
  const declared = commands.find(({ name }) => name === use.command);
  if (use.command !== undefined && declared === undefined) {
    return [unknownCommand(use.command, commands)];
  }
  return [
    ...excessPositionals(use.positionals, declared),
    ...(use.sound ? missingPositionals(use.positionals, declared) : []),
    ...switchMisuses(use.switches, declared, commands),
  ];
}

/** What people type who know other daemons, and what does it here. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  [
    'start',
    'write txnid alone, which is the service, or txnid -daemon; under systemd: systemctl start txnid',
  ],
  ['serve', 'write txnid alone, which is the service'],
  ['run', 'write txnid alone, which is the service'],
  [
    'stop',
    'send it SIGTERM, for example kill PID with the pid that txnid status tells; under systemd: systemctl stop txnid',
  ],
  ['restart', 'stop it (SIGTERM) and start it again; under systemd: systemctl restart txnid'],
  ['reload', 'stop it (SIGTERM) and start it again: settings are read at a start'],
]);

function unknownCommand(word: string, commands: readonly CommandDeclaration[]): Fault {
  const known = elsewhere.get(word);
  if (known !== undefined) return { what: `unknown command ${quoted(word)}`, remedy: known };
  const names = commands.map(({ name }) => name);
  const nearest = suggest(word, names);
  const remedy =
    nearest === undefined ? 'see txnid help' : `write txnid ${nearest}, or see txnid help`;
  return { what: `unknown command ${quoted(word)}`, remedy };
}

function excessPositionals(given: readonly string[], command?: CommandDeclaration): Fault[] {
  return given.slice(command?.positionals?.length ?? 0).map((text) => ({
    what: `unexpected argument ${quoted(text)}`,
    remedy: 'remove it',
  }));
}

function missingPositionals(given: readonly string[], command?: CommandDeclaration): Fault[] {
  const missing = (command?.positionals ?? []).slice(given.length);
  return missing
    .filter(({ optional }) => optional !== true)
    .map(({ name }) => ({
      what: `${command?.name} has no ${name}`,
      remedy: `write txnid ${command?.name} ${name}`,
    }));
}

function switchMisuses(
  given: Iterable<string>,
  command: CommandDeclaration | undefined,
  commands: readonly CommandDeclaration[],
): Fault[] {
  const known = new Set<string>([...commonSwitches, ...switchNames(command)]);
  return [...given]
    .filter((name) => !known.has(name))
    .map((name) => ({
      what: `-${name} is no flag of ${command === undefined ? 'the service' : command.name}`,
      remedy: `remove it, or use it with ${commandsWith(name, commands).join(', ')}`,
    }));
}

function commandsWith(name: string, commands: readonly CommandDeclaration[]): string[] {
  return commands.filter((command) => switchNames(command).includes(name)).map((one) => one.name);
}

function switchNames(command: CommandDeclaration | undefined): string[] {
  return (command?.switches ?? []).map(({ name }) => name);
}
