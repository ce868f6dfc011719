/** Reading a whole audit trail, and checking its chain. Takes no lock and writes nothing. */

import { closeSync, readFileSync } from 'node:fs';
import {
  type AuditEvent,
  chainStart,
  decodeEvent,
  endOfWhole,
  hashLine,
  newline,
} from './audit-event.js';
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
  /** Bytes after the last line's newline: of one that was cut off, and never counted. */
  readonly tornBytes: number;
}

/** The trail at `path`; undefined where there is none. Throws a `state` or `privilege` error. */
export function readTrail(path: string): AuditReading | undefined {
  const descriptor = openTrailToRead(path);
  if (descriptor === undefined) return undefined;
  try {
    return readLines(readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** The events of a trail. An append that was cut off or torn never counted. Pure. */
export function readLines(trail: Uint8Array): AuditReading {
  const bytes = trail.subarray(0, endOfWhole(trail));
  const events: AuditEvent[] = [];
  let broken: BrokenLine | undefined;
  let head = chainStart;
  let line = 0;
  for (const bytesOfLine of linesOf(bytes)) {
    line++;
    const event = decodeEvent(bytesOfLine);
    const what = flaw(event, head);
    if (what !== undefined) broken ??= { line, what };
    if (event !== undefined) events.push(event);
    head = hashLine(bytesOfLine);
  }
  return { events, broken, head, bytes, tornBytes: trail.length - bytes.length };
}

/** Without their newlines. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(newline, start);
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

function flaw(event: AuditEvent | undefined, head: string): string | undefined {
  if (event === undefined) return 'is not an event';
  if (event.previous === head) return undefined;
  return 'does not follow from the line before it, which was changed, removed or put in';
}
