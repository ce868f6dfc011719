/** The flags as a shell completes them. Pure. */

import type { Command } from '../cli/command.js';
import type { SwitchDeclaration } from '../settings/flags.js';
import type { Setting } from '../settings/setting.js';
import { settingNamed, settingNames } from '../settings/table.js';

export interface CompletedFlag {
  readonly name: string;
  readonly takesValue: boolean;
  readonly summary: string;
  /** What stands for the value. */
  readonly placeholder: string;
  readonly completion: Setting['completion'];
}

/** Those of all settings, aliases included. */
export function completedFlags(): CompletedFlag[] {
  return settingNames.flatMap((name) => {
    const { alias, kind, summary, placeholder = '', completion } = settingNamed(name);
    const flag = { takesValue: kind !== 'boolean', summary, placeholder, completion };
    return [name, ...(alias === undefined ? [] : [alias])].map((one) => ({ ...flag, name: one }));
  });
}

/** A command's own. */
export function switchFlags({ switches = [] }: Command): CompletedFlag[] {
  return switches.map(switchFlag);
}

function switchFlag(declared: SwitchDeclaration): CompletedFlag {
  const { name, takesValue = false, summary = '', placeholder = 'VALUE', completion } = declared;
  return { name, takesValue, summary, placeholder, completion };
}
