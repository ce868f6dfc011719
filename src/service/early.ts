/**
 * What the start of a service does before it has loaded itself. A thread takes as long to begin as the rest takes to
 * load, and half of all it takes until the first number: the one that every service needs begins at once, and waits for
 * its order. Where the start is refused it ends with the process, and has touched nothing.
 */

import { isCallerWaiting, readinessFd } from '../host/caller.js';
import { inheritedDescriptors } from '../host/jail/inherited.js';
import { spawnOneShotThread } from '../server/one-shot/spawn.js';
import type { SpawnedThread } from '../server/threads/spawn.js';

export interface EarlyStart {
  /** Listed before this process opened anything itself. */
  readonly inherited: readonly number[];
  readonly oneShotThread: SpawnedThread;
}

/** Undefined where these arguments do not look like those of a service that stays in this process. */
export function beginEarly(
  tokens: readonly string[],
  environment: NodeJS.ProcessEnv,
): EarlyStart | undefined {
  if (!looksLikeService(tokens)) return undefined;
  const isCalled = isCallerWaiting(environment);
  if (!isCalled && tokens.some((token) => /^--?daemon\b/.test(token))) return undefined;
  const inherited = inheritedDescriptors(isCalled ? [readinessFd] : []);
  return { inherited, oneShotThread: spawnOneShotThread() };
}

/**
 * Whether no token is a command, nor a flag for help. A guess, before the grammar is loaded: a wrong one costs time
 * and nothing else.
 */
function looksLikeService(tokens: readonly string[]): boolean {
  return tokens.every((token, place) => {
    if (token.startsWith('-')) return !/^--?(?:h|help|version)$/.test(token);
    return place > 0 && tokens[place - 1]?.startsWith('-');
  });
}
