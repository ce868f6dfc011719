/** The threads of the one-shot port, and what they share. */

import type { SpawnedThread } from '../threads/spawn.js';
import { startThreads, type Threads, type ThreadsOptions } from '../threads/threads.js';
import { Crew } from './crew.js';
import { spawnOneShotThread } from './spawn.js';

/** As `startThreads`. `early`: a thread of this port that has been spawned already. */
export async function startOneShotThreads(
  options: ThreadsOptions,
  early?: SpawnedThread,
): Promise<Threads> {
  const { listener, count: threads } = options;
  const crewMemory = Crew.allocate();
  const wake = (): void => {
    // It wakes every thread that is blocked in accept.
    listener.shutDown();
    Crew.end(crewMemory);
  };
  const ownOrder = () => ({ threads, crewMemory });
  const spawn = (thread: number) =>
    thread === 0 && early !== undefined ? early : spawnOneShotThread();
  return await startThreads(options, { name: 'one-shot thread', spawn, wake, ownOrder });
}
