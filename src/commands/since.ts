/** The time of `-since`: an ISO date or date and time, or how long ago. Pure. */

import { failure, type TxnidError } from '../errors.js';
import { quoted } from '../settings/quote.js';

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
