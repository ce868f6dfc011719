import type { EffectiveSettings } from './layers.js';
import { printable } from './quote.js';
import type { SettingsContext } from './setting.js';
import type { SettingName, SettingsValues } from './table.js';
import { defaultValues, settingNamed, settingNames } from './table.js';
import {
  type SettingJson,
  sameNetworks,
  sameValue,
  savedNames,
  settingToJson,
  settingToText,
} from './value-text.js';

/** The settings that shape the numbers or who can reach them, by name, as they are saved. */
export type SavedParameters = Readonly<Record<string, SettingJson>>;

/** A parameter that is not what it was. */
export interface Difference {
  readonly name: SettingName;
  readonly saved: SettingJson;
  readonly current: SettingJson;
  /** The layer that decided the current value. */
  readonly origin: string;
}

/** The record of all settings that must match on a restart, to be saved. */
export function parametersOf(values: SettingsValues): SavedParameters {
  return Object.fromEntries(parameterNames().map((name) => [name, savedForm(name, values)]));
}

function savedForm(name: SettingName, values: SettingsValues): SettingJson {
  return name === 'sequences' ? savedNames(values.sequences) : settingToJson(values[name]);
}

/**
 * The parameters that differ from the saved ones, in table order. A setting that the record lacks,
 * since an older version wrote it, counts as its default beside the saved user, so that
 * an upgrade alone is no difference; what the record has beyond the table is ignored. `names`: of those to compare.
 */
export function differencesFrom(
  saved: SavedParameters,
  { values, origins }: EffectiveSettings,
  context: SettingsContext,
  names: readonly SettingName[] = parameterNames(),
): Difference[] {
  const defaults = () => defaultValues(context, { user: savedUser(saved) });
  return names.flatMap((name) => {
    const before = saved[name] ?? savedForm(name, defaults());
    const now = savedForm(name, values);
    const isSame = name === 'allow' ? sameNetworks : sameValue;
    if (isSame(before, now)) return [];
    return [{ name, saved: before, current: now, origin: origins[name] }];
  });
}

/** A line of a refusal: `increment is 5 (-increment), the saved value is 3`. */
export function differenceLine({ name, saved, current, origin }: Difference): string {
  const [now, before] = [current, saved].map((value) => printable(settingToText(value)));
  return `${name} is ${now} (${origin}), the saved value is ${before}`;
}

function parameterNames(): SettingName[] {
  return settingNames.filter((name) => settingNamed(name).restart === 'must match');
}

function savedUser(saved: SavedParameters): string | undefined {
  return typeof saved.user === 'string' ? saved.user : undefined;
}
