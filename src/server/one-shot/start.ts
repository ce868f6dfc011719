/** The threads of the one-shot port, and what they share. */

import { startThreads, type Threads, type ThreadsOptions } from '../threads/threads.js';
import { Crew } from './crew.js';

const script = new URL('./one-shot-worker.js', import.meta.url);

/** As `startThreads`. */
export async function startOneShotThreads(options: ThreadsOptions): Promise<Threads> {
  const { listener, count: threads } = options;
  const crewMemory = Crew.allocate();
  const wake = (): void => {
    // It wakes every thread that is blocked in accept.
    listener.shutDown();
    Crew.end(crewMemory);
  };
  const ownOrder = () => ({ threads, crewMemory });
  return await startThreads(options, { name: 'one-shot thread', script, wake, ownOrder });
}
