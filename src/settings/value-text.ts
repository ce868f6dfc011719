import { createHash } from 'node:crypto';
import { networkText, parseNetwork } from '../ip-address.js';
import { savedNamesBytesMax } from './limits.js';
import type { SettingValue } from './setting.js';

/** A value as JSON has it. */
export type SettingJson = string | number | boolean | readonly string[];

/** The JSON form of a value: a wide number is a decimal string, anything else is itself. */
export function settingToJson(value: SettingValue): SettingJson {
  return typeof value === 'bigint' ? value.toString() : value;
}

/**
 * The names of sequences as a parameter of a record, whose room is limited: in their order, or, where they are many, how
 * many there are and the hash of them, which no order changes. The audit trail has them all.
 */
export function savedNames(names: readonly string[]): readonly string[] | string {
  if (JSON.stringify(names).length <= savedNamesBytesMax) return names;
  const sorted = [...names].sort();
  const hash = createHash('sha256').update(sorted.join('\n')).digest('hex');
  return `${names.length} names, sha256 ${hash}`;
}

/** A value as people read it; a list in the flow form of YAML, `[10.0.0.0/8, 192.0.2.1]`. */
export function settingToText(value: SettingValue): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

/** Whether two values, or the JSON forms of two, are the same; a list is the set of its entries, in any order. */
export function sameValue(one: SettingValue, other: SettingValue): boolean {
  return meaningOf(one) === meaningOf(other);
}

/** The same of lists of addresses: each may be written as it likes, and is the block that holds it alone. */
export function sameNetworks(one: SettingValue, other: SettingValue): boolean {
  return meaningOf(one, networkMeaning) === meaningOf(other, networkMeaning);
}

function meaningOf(value: SettingValue, entryMeaning = (entry: string): string => entry): string {
  const json = settingToJson(value);
  if (!Array.isArray(json)) return JSON.stringify(json);
  return JSON.stringify([...new Set(json.map(entryMeaning))].sort());
}

function networkMeaning(entry: string): string {
  const network = parseNetwork(entry);
  return network === undefined ? entry : networkText(network);
}
