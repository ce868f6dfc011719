/** What commands that decide about an instance have in common: to show only, and to be asked for twice. */

import type { CommandContext } from '../cli/command.js';
import { failure } from '../errors.js';
import { endIndex, indexAtOrAbove, type Progression } from '../sequence/progression.js';

export const dryRunSwitch = {
  name: 'dry-run',
  summary: 'only show what it would do; nothing is written',
} as const;

export const yesSwitch = {
  name: 'yes',
  summary: 'do it, also where it has to be asked for',
} as const;

/** A jump over more numbers than this is more often a slip than meant. */
const jumpMax = 2n ** 40n;

/** What leaves less than this part of what was left goes to the end. */
const leftPart = 1000n;

export function isDryRun({ commandLine }: CommandContext): boolean {
  return commandLine.switches.get('dry-run') === true;
}

/** Throws a `command-line` error for what has to be confirmed and is not. */
export function refuseUnconfirmed({ commandLine }: CommandContext, what: string): void {
  if (commandLine.switches.get('yes') === true) return;
  throw failure(
    'command-line',
    what,
    'add -yes if that is meant; -dry-run shows it and changes nothing',
  );
}

/** Why a move has to be confirmed; undefined where it need not. Both ends are numbers. */
export function doubtfulMove(
  progression: Progression,
  from: bigint,
  to: bigint,
): string | undefined {
  const end = endIndex(progression);
  const left = end - indexAtOrAbove(progression, to);
  const leftBefore = end - indexAtOrAbove(progression, from);
  if (to > from && (left <= 1n || left * leftPart <= leftBefore)) {
    return `Advancing from ${from} to ${to} leaves ${left} numbers up to the end of the sequence`;
  }
  if (to - from <= jumpMax) return undefined;
  return `Advancing from ${from} to ${to} leaves out ${to - from} numbers, more than 2^40`;
}
