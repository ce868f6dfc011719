/**
 * The grammar of the command line: flags with one or two dashes, mixed in any order with
 * positionals, the first of which is the command. It knows which flags there are, not which values
 * are good: those are judged with the other layers.
 */
import type { Fault } from '../errors.js';
import type { Assignment } from './assignment.js';
import { type CommandDeclaration, type Flag, flagsOf } from './flags.js';
import { misuses } from './misuse.js';
import { quoted } from './quote.js';
import { renameOrRemove } from './suggest.js';

/** A command line taken apart. */
export interface CommandLine {
  /** The first positional; undefined for the service itself. */
  readonly command: string | undefined;
  /** The positionals after the command. */
  readonly positionals: readonly string[];
  /** The switches given: a text where one takes a value, else whether it is on. */
  readonly switches: ReadonlyMap<string, string | boolean>;
  /** Every flag that gives a setting, in order; of the same setting the last one counts. */
  readonly settings: readonly Assignment[];
  /** Faults of the grammar, for an error of the code command-line. */
  readonly faults: readonly Fault[];
}

type Item =
  | { readonly kind: 'setting'; readonly assignment: Assignment }
  | { readonly kind: 'switch'; readonly flag: Flag; readonly value: string | boolean }
  | { readonly kind: 'positional'; readonly text: string }
  | { readonly kind: 'fault'; readonly fault: Fault };

interface Step {
  readonly item: Item;
  /** How many tokens the item takes. */
  readonly taken: 1 | 2;
}

interface Grammar {
  readonly flags: ReadonlyMap<string, Flag>;
  /** The names of all commands. */
  readonly commands: ReadonlySet<string>;
}

/**
 * Takes a command line apart; never throws. `tokens` are the arguments after the program's name.
 * Switches that several commands share must take a value for all of them or for none.
 */
export function parseCommandLine(
  tokens: readonly string[],
  commands: readonly CommandDeclaration[],
): CommandLine {
  const names = new Set(commands.map(({ name }) => name));
  const items = readItems(tokens, { flags: flagsOf(commands), commands: names });
  const [command, ...positionals] = select(items, 'positional').map(({ text }) => text);
  const switches = gather(select(items, 'switch'));
  const settings = select(items, 'setting').map(({ assignment }) => assignment);
  const faults = select(items, 'fault').map(({ fault }) => fault);
  const use = { command, positionals, switches: switches.keys(), sound: faults.length === 0 };
  const misused = misuses(use, commands);
  return { command, positionals, switches, settings, faults: [...faults, ...misused] };
}

function gather(items: readonly Extract<Item, { kind: 'switch' }>[]): CommandLine['switches'] {
  const switches = new Map<string, string | boolean>();
  for (const { flag, value } of items) {
    const before = flag.isList ? switches.get(flag.name) : undefined;
    switches.set(flag.name, before === undefined ? value : `${before},${value}`);
  }
  return switches;
}

function select<Kind extends Item['kind']>(items: readonly Item[], kind: Kind) {
  return items.filter((item): item is Extract<Item, { kind: Kind }> => item.kind === kind);
}

function readItems(tokens: readonly string[], grammar: Grammar): Item[] {
  const items: Item[] = [];
  for (let index = 0; index < tokens.length; ) {
    const step = readItem(tokens[index] ?? '', tokens[index + 1], grammar);
    items.push(step.item);
    index += step.taken;
  }
  return items;
}

function readItem(token: string, next: string | undefined, grammar: Grammar): Step {
  if (token === '--') {
    return fault('unexpected argument "--"', 'remove it, flags may stand anywhere');
  }
  if (!isFlag(token)) return { item: { kind: 'positional', text: token }, taken: 1 };
  const [, written = '', value] = /^--?([^=]+)(?:=(.*))?$/s.exec(token) ?? [];
  const flag = grammar.flags.get(written);
  if (flag === undefined) return unknownFlag(token, written, value ?? next, grammar);
  if (value !== undefined) return { item: itemOf(flag, written, value), taken: 1 };
  if (flag.takesValue) return readValue(flag, written, next);
  if (next !== 'true' && next !== 'false') return { item: itemOf(flag, written, 'true'), taken: 1 };
  return fault(`unexpected argument "${next}" after -${written}`, `write -${written}=${next}`, 2);
}

/** So that `-1` and `-` can be values and arguments. */
function isFlag(token: string): boolean {
  return /^--?[A-Za-z]/.test(token);
}

function readValue(flag: Flag, written: string, next: string | undefined): Step {
  if (next !== undefined && !isFlag(next)) return { item: itemOf(flag, written, next), taken: 2 };
  return noValue(`-${written}`);
}

function itemOf(flag: Flag, written: string, text: string): Item {
  const origin = `-${written}`;
  if (flag.setting === undefined) return switchItem(flag, origin, text);
  return { kind: 'setting', assignment: { name: flag.setting, text, origin, place: origin } };
}

function switchItem(flag: Flag, origin: string, text: string): Item {
  if (text === '') return noValue(origin).item;
  if (flag.takesValue) return { kind: 'switch', flag, value: text };
  if (text === 'true' || text === 'false') return { kind: 'switch', flag, value: text === 'true' };
  return fault(`${origin} is ${quoted(text)}`, 'must be true or false').item;
}

function noValue(origin: string): Step {
  return fault(`${origin} has no value`, `write ${origin}=VALUE, or remove it`);
}

/**
 * What follows an unknown flag is most likely its value, and not worth a fault of its own, unless
 * it is a command.
 */
function unknownFlag(
  token: string,
  written: string,
  value: string | undefined,
  { flags, commands }: Grammar,
): Step {
  const valueFollows =
    !token.includes('=') && value !== undefined && !isFlag(value) && !commands.has(value);
  const meant = elsewhere.get(written) ?? renameOrRemove(written, flags.keys(), '-');
  return fault(`unknown flag ${quoted(`-${written}`)}`, meant, valueFollows ? 2 : 1);
}

/** Short flags of other daemons: what does it here is not always near in letters. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['c', 'write -confdir DIRECTORY for the place of txnid.yaml, or txnid check to check it'],
  ['f', 'write -confdir DIRECTORY for the place of txnid.yaml'],
  ['t', 'write txnid check'],
  ['n', 'write txnid check'],
  ['V', 'write txnid version'],
  ['d', 'write -daemon to detach'],
]);

function fault(what: string, remedy: string, taken: 1 | 2 = 1): Step {
  return { item: { kind: 'fault', fault: { what, remedy } }, taken };
}
