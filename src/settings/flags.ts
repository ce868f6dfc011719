import { type SettingName, settingNamed, settingNames } from './table.js';

/** What a command takes besides settings. */
export interface CommandDeclaration {
  readonly name: string;
  /** Its arguments in order; those that may be left out come last. */
  readonly positionals?: readonly PositionalDeclaration[];
  /** Flags of its own; one that takes a value, such as `-since TIME`, says so. */
  readonly switches?: readonly SwitchDeclaration[];
}

interface PositionalDeclaration {
  readonly name: string;
  readonly optional?: boolean;
  readonly summary?: string;
}

export interface SwitchDeclaration {
  readonly name: string;
  readonly takesValue?: boolean;
  /** Given again it adds to the values before, with a comma; else the last one counts. */
  readonly isList?: boolean;
  /** What stands for the value in the help text. */
  readonly placeholder?: string;
  readonly summary?: string;
  /** Values that a shell can offer. */
  readonly completion?: readonly string[];
}

/** A flag, by whatever name it was found. */
export interface Flag {
  readonly name: string;
  /** The setting it gives; undefined for a switch. */
  readonly setting?: SettingName;
  readonly takesValue: boolean;
  readonly isList: boolean;
}

/** Switches that every command has, and the service too. */
export const commonSwitches = ['help', 'version'] as const;

/** Every flag by its names, aliases included. */
export function flagsOf(commands: readonly CommandDeclaration[]): ReadonlyMap<string, Flag> {
  const own = commands.flatMap((command) => command.switches ?? []).map(switchFlag);
  const common = commonSwitches.map((name) => switchFlag({ name }));
  const named = [...settingNames.map(settingFlag), ...common, ...own];
  const flags = new Map(named.map((flag) => [flag.name, flag]));
  for (const name of settingNames) {
    const { alias } = settingNamed(name);
    if (alias !== undefined) flags.set(alias, settingFlag(name));
  }
  return flags.set('h', switchFlag({ name: 'help' }));
}

function settingFlag(name: SettingName): Flag {
  const takesValue = settingNamed(name).kind !== 'boolean';
  return { name, setting: name, takesValue, isList: false };
}

function switchFlag({ name, takesValue = false, isList = false }: SwitchDeclaration): Flag {
  return { name, takesValue, isList };
}
