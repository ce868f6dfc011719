/** What `-event` and `-since` ask for of the audit trail. Pure. */

import { failure, TxnidError } from '../errors.js';
import { auditEventNames } from '../progress/trail/event.js';
import { quoted } from '../settings/quote.js';
import { suggest } from '../settings/suggest.js';

/** The names as one writes them without quotes: `crash-found`. */
export const eventFlagValues = auditEventNames.map((name) => name.replaceAll(' ', '-'));

/**
 * The events of a comma-separated list, each with a space or a hyphen between its words. Throws an
 * error of the code command-line, with a fault for each name that is none.
 */
export function eventNamesIn(list: string): ReadonlySet<string> {
  const names = list.split(',').map((name) => name.trim().replaceAll('-', ' '));
  const unknown = names.filter((name) => !auditEventNames.some((known) => known === name));
  if (unknown.length > 0) throw new TxnidError('command-line', unknown.map(faultOf));
  return new Set(names);
}

function faultOf(name: string) {
  const nearest = suggest(name.replaceAll(' ', '-'), eventFlagValues);
  const remedy = `${nearest === undefined ? '' : `write ${nearest}; `}must be one of ${eventFlagValues.join(', ')}`;
  return { what: `-event is ${quoted(name)}`, remedy };
}

const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const duration = /^(\d{1,9})([smhdw])$/;
const date = /^\d{4}-\d{2}-\d{2}$/;
const dateTime =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * In milliseconds since 1970. A date is its first moment, and a time without a zone is local, as the
 * reader's clock shows it. Throws an error of the code command-line.
 */
export function sinceMs(text: string, nowMs: number): number {
  const time = ago(text, nowMs) ?? moment(text);
  if (time === undefined || Number.isNaN(time)) throw notATime(text);
  return time;
}

function ago(text: string, nowMs: number): number | undefined {
  const [, count, unit] = duration.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return nowMs - Number(count) * secondsOf[unit as keyof typeof secondsOf] * 1000;
}

function moment(text: string): number | undefined {
  const [, day = text, clock = '00:00', zone = ''] = dateTime.exec(text) ?? [];
  // 31 February would be a day of March.
  if (!date.test(day) || !isDay(day)) return undefined;
  return Date.parse(`${day}T${clock}${zone}`);
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function notATime(text: string): TxnidError {
  const allowed =
    'must be a date (2026-01-31), a date and time (2026-01-31T18:30, with Z for UTC), ' +
    'or how long ago (90s, 30m, 2h, 7d, 4w)';
  return failure('command-line', `-since is ${quoted(text)}`, allowed);
}
