/** Reading a whole audit trail, and checking its chain. Takes no lock and writes nothing. */

import { closeSync, readFileSync } from 'node:fs';
import { openTrailToRead } from './audit.js';
import { type AuditEvent, chainStart, decodeEvent, hashLine } from './audit-event.js';

const newline = 0x0a;

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

/** The events of a trail's text. What comes after the last newline never counted. Pure. */
export function readLines(trail: Uint8Array): AuditReading {
  const bytes = trail.subarray(0, trail.lastIndexOf(newline) + 1);
  const lines = Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1);
  const events: AuditEvent[] = [];
  let broken: BrokenLine | undefined;
  let head = chainStart;
  for (const [index, line] of lines.entries()) {
    const event = decodeEvent(line);
    const what = flaw(event, head);
    if (what !== undefined) broken ??= { line: index + 1, what };
    if (event !== undefined) events.push(event);
    head = hashLine(line);
  }
  return { events, broken, head, bytes, tornBytes: trail.length - bytes.length };
}

function flaw(event: AuditEvent | undefined, head: string): string | undefined {
  if (event === undefined) return 'is not an event';
  if (event.previous === head) return undefined;
  return 'does not follow from the line before it, which was changed, removed or put in';
}
