/** The shape of a row of the settings table, and what rows of one kind have in common. */
import type * as z from 'zod/mini';
import { truth, wholeNumber } from './values.js';

export type SettingValue = string | number | boolean | bigint | readonly string[];

/** What a default may depend on besides other settings. */
export interface SettingsContext {
  /** CPUs this process may use. */
  readonly cpuCount: number;
  /** Whether the process starts with the effective user id 0. */
  readonly startsAsRoot: boolean;
  /** The confdir as an absolute path. */
  readonly confdir: string;
}

/** The settings that defaults of others follow, as far as some layer gives them. */
export interface LeadingSettings {
  readonly daemon?: boolean | undefined;
  readonly user?: string | undefined;
}

export interface Setting<Value extends SettingValue = SettingValue> {
  /** From text (for a list: texts) to the value. */
  readonly schema: z.ZodMiniType<Value>;
  /**
   * How it is written: a boolean flag needs no value; numbers and booleans are plain YAML scalars;
   * a wide number may be quoted, since other YAML tools would round it; only a list is a sequence.
   */
  readonly kind: 'boolean' | 'number' | 'wide number' | 'text' | 'list';
  /** What stands for the value in the help text; a boolean has none. */
  readonly placeholder?: string;
  /** What a fault says after "must be", and the sample after "Allowed:". */
  readonly allowed: string;
  /** Of a list: one, as YAML has it. */
  readonly example?: string;
  readonly unit?: string;
  readonly summary: string;
  readonly default: (context: SettingsContext, leading: LeadingSettings) => Value;
  /** The default in words, where it depends on the context. */
  readonly defaultInWords?: string;
  /** The layers that may set it, besides its default. */
  readonly layers: readonly ('file' | 'environment' | 'flag')[];
  /** How a restart compares it with the saved record. */
  readonly restart: 'free' | 'must match' | 'not compared';
  /** What a shell can offer as a value, where that is not anything. */
  readonly completion?: readonly string[] | 'directories' | 'users';
  /** A second name of the flag. */
  readonly alias?: string;
}

export const anyLayer = ['file', 'environment', 'flag'] as const;

/** Holds a row to its shape, its default to the type of its schema. */
export function setting<Value extends SettingValue>(row: Setting<Value>): Setting<Value> {
  return row;
}

/** The common part of a boolean row, off unless somebody turns it on. */
export function booleanRow(summary: string) {
  return {
    summary,
    schema: truth,
    kind: 'boolean',
    allowed: 'true or false',
    default: () => false,
    layers: anyLayer,
  } as const;
}

/** The common part of the row of a number from `least` to `most`, both included. */
export function numberRow(least: number, most: number) {
  return {
    schema: wholeNumber(least, most),
    kind: 'number',
    allowed: `a whole number from ${least} to ${most}`,
    layers: anyLayer,
  } as const;
}
