/**
 * One line of the audit trail as text and back. Pure.
 *
 * The trail is JSON Lines. Each line carries the SHA-256 of the line before it (64 zeros on the
 * first), so that a line that was changed, removed or put in shows at the line after it.
 */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

import type { Parameters, ParameterValue } from '../file/record.js';

/** Longest line that is written or read, newline included: one that names all sequences there can be is half as long. */
export const auditLineBytesMax = 128 * 1024;

/** What the first line carries in place of a hash. */
export const chainStart = '0'.repeat(64);

/** Every event there is, in the order of a life. */
export const auditEventNames = [
  'created',
  'started',
  'stopped',
  'crash found',
  'refused',
  'accepted',
  'advanced',
  'truncation found',
  'change found',
] as const;

export type AuditEventName = (typeof auditEventNames)[number];

/** A parameter, the position as `next` or the chain's `head`, that changed; `origin` says which layer set it. */
export interface AuditChange {
  readonly name: string;
  readonly from: ParameterValue | null;
  readonly to: ParameterValue | null;
  readonly origin?: string;
}

export interface AuditEvent {
  /** ISO 8601. */
  readonly time: string;
  /** Name of the sequence; absent where it is the instance's own. */
  readonly sequence?: string;
  readonly event: AuditEventName;
  /** Generation of a progress record that was durable before the event was written. */
  readonly generation: number;
  /** The next number, and the bound that everything handed out is below; decimal. */
  readonly next: string;
  readonly reserved: string;
  readonly changes: readonly AuditChange[];
  readonly uid: number;
  readonly pid: number;
  readonly host: string;
  /** All parameters in force. */
  readonly parameters: Parameters;
  /** Of a start: names of the parameters that flags or the environment gave. */
  readonly given?: readonly string[];
  /** Why, where the event alone does not say it. */
  readonly reason?: string;
  /** Hash of the line before. */
  readonly previous: string;
}

/** Ends every line. */
export const newline = 0x0a;

/** The event as a line, newline included. */
export function encodeEvent(event: AuditEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** Hash of a line, without its newline, for the next line to carry: 64 hexadecimal digits. */
export function hashLine(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/** Where a line begins, and where it ends, newline included. */
export interface LinePlace {
  readonly start: number;
  readonly end: number;
}

/**
 * The last line that is whole; undefined where there is none. A last line without its newline is an append
 * that a crash cut off; one with zeros in it was torn by a power cut, since sectors that never reached
 * the medium read so. Zeros before an event are a hole: the file was emptied under a process that went
 * on writing where it had been.
 */
export function lastWholeLine(bytes: Uint8Array): LinePlace | undefined {
  for (let stop = bytes.length; stop > 0; ) {
    const end = bytes.subarray(0, stop).lastIndexOf(newline) + 1;
    if (end === 0) return undefined;
    const from = bytes.subarray(0, end - 1).lastIndexOf(newline) + 1;
    const start = afterHole(bytes, from, end);
    const line = bytes.subarray(start, end - 1);
    if (!line.includes(0) && (start === from || decodeEvent(line) !== undefined)) {
      return { start, end };
    }
    stop = from;
  }
  return undefined;
}

/** Where a line begins that zeros may be in front of. */
function afterHole(bytes: Uint8Array, from: number, end: number): number {
  let start = from;
  while (start < end && bytes[start] === 0) start++;
  return start;
}

/** The lines of a text, without their newlines and without the zeros of a hole before them. */
export function* linesOf(bytes: Uint8Array): Generator<{ text: Uint8Array; zeros: number }> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(newline, start);
    const stop = end < 0 ? bytes.length : end;
    const from = afterHole(bytes, start, stop);
    yield { text: bytes.subarray(from, stop), zeros: from - start };
    start = stop + 1;
  }
}

/** Bytes up to the end of the last line that is whole. */
export function endOfWhole(bytes: Uint8Array): number {
  return lastWholeLine(bytes)?.end ?? 0;
}

/** The event on a line without its newline, or undefined where the line is not one. */
export function decodeEvent(line: string | Uint8Array): AuditEvent | undefined {
  // What is no UTF-8 would be read as replacement characters, whatever its bytes.
  if (typeof line !== 'string' && !isUtf8(line)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(typeof line === 'string' ? line : Buffer.from(line).toString());
  } catch {
    return undefined;
  }
  return isEvent(value) ? value : undefined;
}

const decimal = /^\d{1,30}$/;

function isEvent(value: unknown): value is AuditEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event = value as Partial<Record<keyof AuditEvent, unknown>>;
  return (
    typeof event.time === 'string' &&
    typeof event.event === 'string' &&
    Number.isSafeInteger(event.generation) &&
    typeof event.next === 'string' &&
    decimal.test(event.next) &&
    typeof event.reserved === 'string' &&
    decimal.test(event.reserved) &&
    Array.isArray(event.changes) &&
    typeof event.parameters === 'object' &&
    event.parameters !== null &&
    typeof event.previous === 'string'
  );
}
