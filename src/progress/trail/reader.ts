/** Reading a whole audit trail, and checking its chain. Takes no lock and writes nothing. */

import { closeSync, readFileSync } from 'node:fs';
import {
  type AuditEvent,
  chainStart,
  decodeEvent,
  endOfWhole,
  hashLine,
  lastWholeLine,
  linesOf,
} from './event.js';
import { openTrailToRead } from './open-trail.js';

/** A line of the trail that does not check out; lines count from 1. */
export interface BrokenLine {
  readonly line: number;
  readonly what: string;
}

export interface AuditReading {
  /** The events of all lines that are one. */
  readonly events: readonly AuditEvent[];
  /** The first line that was changed, or that a line before it is missing. */
  readonly broken: BrokenLine | undefined;
  /** Hash of the last line. */
  readonly head: string;
  /** The text of all lines. */
  readonly bytes: Uint8Array;
  /** Bytes after the last line's newline: of one that was cut off or undone, and never counted. */
  readonly tornBytes: number;
}

/** The trail at `path`; undefined where there is none. `undone`: see ProgressRecord. Throws a `state` or `privilege` error. */
export function readTrail(path: string, undone?: string): AuditReading | undefined {
  const descriptor = openTrailToRead(path);
  if (descriptor === undefined) return undefined;
  try {
    return readLines(readFileSync(descriptor), undone);
  } finally {
    closeSync(descriptor);
  }
}

/** The events of a trail. An append that was cut off, torn or undone never counted. Pure. */
export function readLines(trail: Uint8Array, undone?: string): AuditReading {
  const bytes = trail.subarray(0, endOfCounted(trail, undone));
  const events: AuditEvent[] = [];
  let broken: BrokenLine | undefined;
  let head = chainStart;
  let line = 0;
  for (const { text, zeros } of linesOf(bytes)) {
    line++;
    const event = decodeEvent(text);
    const what = flaw(event, head, zeros);
    if (what !== undefined) broken ??= { line, what };
    if (event !== undefined) events.push(event);
    head = hashLine(text);
  }
  return { events, broken, head, bytes, tornBytes: trail.length - bytes.length };
}

/** Where the lines end that count. */
function endOfCounted(trail: Uint8Array, undone: string | undefined): number {
  const place = lastWholeLine(trail);
  if (place === undefined) return 0;
  const isUndone = hashLine(trail.subarray(place.start, place.end - 1)) === undone;
  return isUndone ? endOfWhole(trail.subarray(0, place.start)) : place.end;
}

function flaw(event: AuditEvent | undefined, head: string, zeros: number): string | undefined {
  if (event === undefined) return 'is not an event';
  if (zeros > 0) {
    return `comes after ${zeros} zero bytes: the file was emptied while a process wrote to it`;
  }
  if (event.previous === head) return undefined;
  return 'does not follow from the line before it, which was changed, removed or put in';
}
