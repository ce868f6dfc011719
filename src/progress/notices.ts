/** What there is to say of an instance's turning points: a line for people, and its parts for programs. Pure. */

import type { SlotIndex } from './file/choice.js';

/** The names of its parts are those of the audit trail, where that has them. */
export interface Notice {
  readonly line: string;
  readonly event: string;
  /** Decimal. */
  readonly next?: string;
  readonly sequence?: string;
  readonly burnt?: string;
  readonly path?: string;
}

/** `first`: the number it begins with. */
export function begins(first: bigint, confdir: string): Notice {
  const line = `a new instance begins at ${first} in ${confdir}`;
  return { line, event: 'created', next: String(first), path: confdir };
}

export function started(next: bigint): Notice {
  return { line: `started, next ${next}`, event: 'started', next: String(next) };
}

/** The exact position is saved. */
export function stopped(next: bigint): Notice {
  return { line: `stopped, next ${next}`, event: 'stopped', next: String(next) };
}

/** `burnt`: how many numbers were left out at most, since nobody knows which of them are out. */
export function crashFound(burnt: bigint, next: bigint): Notice {
  const line = `crash found, up to ${burnt} numbers burnt, next ${next}`;
  return { line, event: 'crash found', next: String(next), burnt: String(burnt) };
}

/** What somebody asked for: where the service is. */
export function status(next: bigint, rest: string): Notice {
  return { line: `next ${next}, ${rest}`, event: 'status', next: String(next) };
}

/** A slot that was damaged or stale has been written anew. */
export function slotRepaired(path: string, slot: SlotIndex): Notice {
  return {
    line: `slot ${slot + 1} of ${path} was bad and is whole again`,
    event: 'slot repaired',
    path,
  };
}

/** The same of a named sequence. */
export function ofSequence(sequence: string, notice: Notice): Notice {
  return { ...notice, line: `sequence ${sequence}: ${notice.line}`, sequence };
}
