/** Confdirs that have a history, and looks at what is in them. */

import { lstatSync, readFileSync } from 'node:fs';
import { decodeEvent } from '../../src/progress/audit-event.js';
import type { Choice } from '../../src/progress/choice.js';
import { chooseRecord } from '../../src/progress/content.js';
import { type ProgressPaths, progressPaths } from '../../src/progress/paths.js';
import type { Progression } from '../../src/sequence/progression.js';
import { openSequence } from './open-sequence.js';
import { progressionOf } from './progress-fixture.js';

/** A confdir whose sequence was opened `runs` times, and stopped cleanly after `count` numbers each. */
export async function used(
  confdir: string,
  { runs = 1, count = 10, progression = progressionOf() as Progression } = {},
): Promise<ProgressPaths> {
  for (let run = 0; run < runs; run++) {
    const sequence = await openSequence(confdir, progression);
    for (let left = count; left > 0; left--) sequence.next();
    await sequence.close();
  }
  return progressPaths(confdir);
}

export function choiceIn(paths: ProgressPaths): Choice {
  const choice = chooseRecord(readFileSync(paths.progress));
  if ('unusable' in choice) throw new Error(choice.unusable);
  return choice;
}

/** What happened to a confdir, by its trail. */
export function eventsIn(paths: ProgressPaths): string[] {
  const lines = readFileSync(paths.audit, 'utf8').trimEnd().split('\n');
  return lines.map((line) => decodeEvent(line)?.event ?? 'not an event');
}

/** The bytes of a file; undefined for what has none to read, a pipe or a directory or nothing. */
export function bytesOf(path: string): Buffer | undefined {
  const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile();
  return isFile ? readFileSync(path) : undefined;
}
