/** Reads the progress file of an owner, and refuses what cannot be trusted. */

import type { Choice } from './file/choice.js';
import { chooseRecord } from './file/content.js';
import { unusable } from './file/unusable.js';
import { type HeldFiles, readAll } from './locked-files.js';
import { olderThanTrail } from './trail/knowledge.js';

/**
 * What was read, and what was chosen from it. Of one read: were the image from a later one, the fence
 * would take a write of somebody else in between for this owner's own.
 */
export interface Reading {
  readonly image: Uint8Array;
  readonly choice: Choice;
}

/** Reads a file that may be used. Throws a `state` error for any other. */
export function readTrusted(files: HeldFiles): Reading {
  const image = readAll(files.disk);
  const choice = chooseRecord(image);
  if ('unusable' in choice) throw unusable(files.paths.progress, choice.unusable);
  const older = olderThanTrail(choice, files.trail.recent);
  if (older !== undefined) throw unusable(files.paths.progress, older);
  return { image, choice };
}
