/** The threads of the one-shot port. */

import { startThreads, type Threads, type ThreadsOptions } from '../threads/threads.js';

const script = new URL('./one-shot-worker.js', import.meta.url);

/** As `startThreads`. */
export async function startOneShotThreads(options: ThreadsOptions): Promise<Threads> {
  // It wakes every thread that is blocked in accept.
  const wake = (): void => options.listener.shutDown();
  return await startThreads(options, { name: 'one-shot thread', script, wake });
}
