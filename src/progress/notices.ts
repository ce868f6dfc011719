/** What there is to say of an instance's turning points, a line each. Pure. */

import type { SlotIndex } from './file/choice.js';

/** `first`: the number it begins with. */
export function begins(first: bigint, confdir: string): string {
  return `a new instance begins at ${first} in ${confdir}`;
}

export function started(next: bigint): string {
  return `started, next ${next}`;
}

/** The exact position is saved. */
export function stopped(next: bigint): string {
  return `stopped, next ${next}`;
}

/** `burnt`: how many numbers were left out at most, since nobody knows which of them are out. */
export function crashFound(burnt: bigint, next: bigint): string {
  return `crash found, up to ${burnt} numbers burnt, next ${next}`;
}

/** A slot that was damaged or stale has been written anew. */
export function slotRepaired(path: string, slot: SlotIndex): string {
  return `slot ${slot + 1} of ${path} was bad and is whole again`;
}
