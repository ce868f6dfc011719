/**
 * Which of the two slots counts, and where the numbers go on. Pure: the decision that the promise
 * stands on, beside no I/O.
 *
 * The slots are overwritten in turn, so two intact ones are neighbours: generations g and g + 1. If
 * they are not, or one is damaged, then a write after the surviving record may have been completed,
 * used and lost. That write reserved at most the survivor's ceiling, and the one after it would have
 * gone over the survivor. So going on from the ceiling never repeats a number.
 */

import { indexAtOrAbove, type Progression, resumeIndex } from '../../sequence/progression.js';
import type { ProgressRecord, Slot } from './record.js';

export type SlotIndex = 0 | 1;

export interface Choice {
  /** The newest record that is intact. */
  readonly record: ProgressRecord;
  /** The slot it is in; the next write goes to the other one. */
  readonly slot: SlotIndex;
  /** Whether the other slot is what it has to be: the record just before this one. */
  readonly isNeighbourIntact: boolean;
}

export type SlotChoice = Choice | { readonly unusable: string };

/** The slot to go by, or why the file cannot be used. */
export function chooseSlot(first: Slot, second: Slot): SlotChoice {
  for (const slot of [first, second]) {
    if (slot.kind === 'unknown version') {
      return { unusable: `is of version ${slot.version}, which this program does not know` };
    }
  }
  if (first.kind === 'record' && second.kind === 'record') return newerOf(first, second);
  if (first.kind === 'record') return survivor(first.record, 0);
  if (second.kind === 'record') return survivor(second.record, 1);
  return { unusable: 'has no intact record in either of its two slots' };
}

function survivor(record: ProgressRecord, slot: SlotIndex): Choice {
  return { record, slot, isNeighbourIntact: false };
}

function newerOf(
  first: { readonly record: ProgressRecord },
  second: { readonly record: ProgressRecord },
): SlotChoice {
  const lead = second.record.generation - first.record.generation;
  if (lead === 0) return { unusable: 'holds two records of one generation' };
  const [record, slot]: [ProgressRecord, SlotIndex] =
    lead > 0 ? [second.record, 1] : [first.record, 0];
  return { record, slot, isNeighbourIntact: Math.abs(lead) === 1 };
}

/** Where the numbers go on after a choice. */
export interface Position {
  /** Index of the first number that may be handed out. */
  readonly index: bigint;
  /** Every number handed out so far is below it. */
  readonly bound: bigint;
  /** Whether the index is the exact one, with nothing burnt. */
  readonly isExact: boolean;
}

/** Where the numbers go on, without a progression to count them in. */
export interface ResumePoint {
  /** Every number handed out so far is below it. */
  readonly bound: bigint;
  /** Whether the record's `next` is the exact next number. */
  readonly isExact: boolean;
}

/** The lowest number that may be handed out next, before it is rounded up to one of a progression. */
export function resumeNumber(choice: Choice): bigint {
  const { bound, isExact } = resumePoint(choice);
  return isExact ? choice.record.next : bound;
}

/**
 * A clean record whose successor may reserve nothing (`ceiling` = `reserved`) is exact whatever
 * happened to the other slot; that is how a clean stop leaves the file.
 */
export function resumePoint({ record, isNeighbourIntact }: Choice): ResumePoint {
  const mayHaveSuccessor = !isNeighbourIntact && record.ceiling > record.reserved;
  const bound = mayHaveSuccessor ? record.ceiling : record.reserved;
  return { bound, isExact: record.clean && !mayHaveSuccessor };
}

/** The same as an index of a progression. */
export function positionOf(choice: Choice, progression: Progression): Position {
  const { bound, isExact } = resumePoint(choice);
  const index = isExact
    ? indexAtOrAbove(progression, choice.record.next)
    : resumeIndex(progression, bound);
  return { index, bound, isExact };
}
