import { type SettingName, settingNamed, settingNames } from './table.js';

/** What a command takes besides settings. */
export interface CommandDeclaration {
  readonly name: string;
  /** Its arguments in order; those that may be left out come last. */
  readonly positionals?: readonly { readonly name: string; readonly optional?: boolean }[];
  /** Flags of its own; one that takes a value, such as `-since TIME`, says so. */
  readonly switches?: readonly SwitchDeclaration[];
}

interface SwitchDeclaration {
  readonly name: string;
  readonly takesValue?: boolean;
}

/** A flag, by whatever name it was found. */
export interface Flag {
  readonly name: string;
  /** The setting it gives; undefined for a switch. */
  readonly setting?: SettingName;
  readonly takesValue: boolean;
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
  return { name, setting: name, takesValue: settingNamed(name).kind !== 'boolean' };
}

function switchFlag({ name, takesValue = false }: SwitchDeclaration): Flag {
  return { name, takesValue };
}
