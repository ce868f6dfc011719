/** The settings of this command line, environment and txnid.yaml, and what they may be compared with. */

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { CommandContext } from '../cli/command.js';
import { TxnidError } from '../errors.js';
import { namesIn, readConfigFile } from '../host/config-file.js';
import { absentConfdir } from '../progress/confdir.js';
import { realFileSystem } from '../progress/file/file-system.js';
import type { Parameters } from '../progress/file/record.js';
import { NamesLedger } from '../progress/names/ledger.js';
import { namedDirectory } from '../progress/names/names.js';
import { numberMax, type Progression } from '../sequence/progression.js';
import type { Layer } from '../settings/assignment.js';
import type { CommandLine } from '../settings/command-line.js';
import { type Difference, differencesFrom, parametersOf } from '../settings/difference.js';
import { nearMissFaults } from '../settings/file/near-miss.js';
import { type EffectiveSettings, locateConfdir, resolveSettings } from '../settings/layers.js';
import { configFileName } from '../settings/limits.js';
import type { SettingsContext } from '../settings/setting.js';
import {
  isSettingName,
  type SettingName,
  type SettingsValues,
  settingNames,
} from '../settings/table.js';
import { type SettingJson, settingToText } from '../settings/value-text.js';

export interface LoadedSettings extends EffectiveSettings {
  /** The confdir as an absolute path; of a named sequence the directory of its files. */
  readonly confdir: string;
  /** Name of the sequence that these are for; undefined: the instance's own. */
  readonly sequence?: string;
  readonly progression: Progression;
  /** What is known of the confdir's named sequences beside their own files; read when it is first asked for. */
  readonly ledger: () => NamesLedger;
  /** All settings that must match on a restart, as they are saved. */
  readonly parameters: Readonly<Record<string, SettingJson>>;
  /** What differs from the parameters that a progress file holds. */
  readonly differencesFrom: (
    saved: Readonly<Record<string, SettingJson>>,
    names?: readonly SettingName[],
  ) => Difference[];
}

export interface LoadOptions {
  readonly need?: 'confdir' | 'settings';
  /**
   * Called with the error of a txnid.yaml that this user may not read, for who can do without; then it is
   * as if there were none.
   */
  readonly onUnreadable?: (error: TxnidError) => void;
}

/**
 * The confdir alone, as an absolute path, for who only wants to look: a fault in txnid.yaml is no
 * reason not to. Throws an error of the command line or of the confdir.
 */
export function confdirOf({ commandLine, environment }: CommandContext): string {
  if (commandLine.faults.length > 0) throw new TxnidError('command-line', commandLine.faults);
  return resolve(locateConfdir(commandLine, environment));
}

/**
 * Throws one error with all faults of all layers. An absent confdir is one of them for who works on what
 * is in it, not for who only asks for settings.
 */
export async function loadSettings(
  context: CommandContext,
  { need = 'settings', onUnreadable }: LoadOptions = {},
): Promise<LoadedSettings> {
  const { commandLine, environment } = context;
  const confdir = resolve(locateConfdir(commandLine, environment));
  const host = hostContext(confdir);
  // Of a line that is wrong, who knows which confdir is meant.
  const needed = commandLine.faults.length > 0 ? 'settings' : need;
  const file = await readFileLayer(confdir, needed).catch((error) => {
    const isHidden = error instanceof TxnidError && error.code === 'privilege';
    if (!isHidden || onUnreadable === undefined) return refuse(commandLine, error);
    onUnreadable(error);
    return undefined;
  });
  const effective = resolveSettings({ commandLine, environment, file, context: host });
  return {
    ...effective,
    confdir,
    ledger: once(() => NamesLedger.read(confdir, realFileSystem)),
    progression: progressionOf(effective.values),
    parameters: parametersOf(effective.values),
    differencesFrom: (saved, names) => differencesFrom(saved, effective, host, names),
  };
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => {
    made ??= { result: make() };
    return made.result;
  };
}

/** A flag that is misspelt may be why the wrong file was looked for: both are told, the flag first. */
function refuse({ faults }: CommandLine, error: unknown): never {
  if (faults.length === 0 || !(error instanceof TxnidError)) throw error;
  throw new TxnidError('command-line', [...faults, ...error.faults]);
}

function hostContext(confdir: string): SettingsContext {
  return { cpuCount: availableParallelism(), startsAsRoot: process.geteuid?.() === 0, confdir };
}

async function readFileLayer(confdir: string, need: 'confdir' | 'settings'): Promise<Layer> {
  const bytes = readConfigFile(confdir);
  if (bytes === undefined) {
    const absent = need === 'confdir' ? absentConfdir(confdir) : undefined;
    const faults = absent === undefined ? nearMissFaults(confdir, namesIn(confdir)) : [absent];
    return { assignments: [], faults };
  }
  // The parser is loaded only when there is something to parse.
  const file = await import('../settings/file/file.js');
  return file.fileLayer(bytes);
}

function progressionOf({ instance, increment, max }: SettingsValues): Progression {
  return { instance: BigInt(instance), increment: BigInt(increment), max };
}

/**
 * The progression that saved parameters describe. A parameter that the record lacks, because an older
 * version or an embedding program wrote it, is its setting's default.
 */
export function progressionFrom(parameters: Parameters): Progression {
  const number = (name: string, byDefault: bigint): bigint => {
    const value = parameters[name];
    return value === undefined ? byDefault : BigInt(String(value));
  };
  return {
    instance: number('instance', 1n),
    increment: number('increment', 1n),
    max: number('max', numberMax),
  };
}

/** What shapes the numbers of any sequence, and is saved with each. */
export const shaping = ['instance', 'increment', 'max'] as const;

/** The settings as they are for a named sequence: its own place, and of what is saved what shapes its numbers. */
export function namedSettings(settings: LoadedSettings, name: string): LoadedSettings {
  return {
    ...settings,
    sequence: name,
    confdir: namedDirectory(settings.confdir, name),
    parameters: namedParameters(settings),
    differencesFrom: (saved) => settings.differencesFrom(saved, shaping),
  };
}

/** What is saved with a named sequence. */
export function namedParameters({ parameters }: LoadedSettings): LoadedSettings['parameters'] {
  return Object.fromEntries(shaping.map((one) => [one, parameters[one] ?? '']));
}

/** Names of the parameters that flags or the environment give, and no file keeps. */
export function givenParameters({ parameters, origins }: LoadedSettings): string[] {
  return Object.keys(parameters).filter((name) => {
    const origin = isSettingName(name) ? origins[name] : 'default';
    return origin !== 'default' && !origin.startsWith(configFileName);
  });
}

/** `name value (origin)`, a line for each setting. */
export function settingsLines({ values, origins }: LoadedSettings): string[] {
  return settingNames.map((name) => {
    return `${name} ${settingToText(values[name])} (${origins[name]})`;
  });
}
