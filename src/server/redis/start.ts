/** The threads of the Redis port. */

import { type SessionThreadsOptions, startSessionThreads } from '../session/start.js';
import type { Threads } from '../threads/threads.js';

export interface RedisThreadsOptions extends SessionThreadsOptions {
  /** Of the sequences that are served. */
  readonly names: readonly string[];
  /** Of this program. */
  readonly version: string;
}

/** As `startSessionThreads`. */
export async function startRedisThreads(options: RedisThreadsOptions): Promise<Threads> {
  const { names, version } = options;
  const script = new URL('./redis-worker.js', import.meta.url);
  return await startSessionThreads(options, {
    name: 'Redis thread',
    script,
    ownOrder: { names, version },
  });
}
