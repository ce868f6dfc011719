import type { SettingValue } from './setting.js';

/** A value as JSON has it. */
export type SettingJson = string | number | boolean | readonly string[];

/** The JSON form of a value: a wide number is a decimal string, anything else is itself. */
export function settingToJson(value: SettingValue): SettingJson {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** A value as people read it; a list in the flow form of YAML, `[10.0.0.0/8, 192.0.2.1]`. */
export function settingToText(value: SettingValue): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

/** Whether two values, or the JSON forms of two, are the same one; lists compare by entries. */
export function sameValue(one: SettingValue, other: SettingValue): boolean {
  return JSON.stringify(settingToJson(one)) === JSON.stringify(settingToJson(other));
}
