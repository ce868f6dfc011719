/** The threads of the Redis port. */

import { type SessionThreadsOptions, startSessionThreads } from '../session/start.js';
import type { Threads } from '../threads/threads.js';

export interface RedisThreadsOptions extends SessionThreadsOptions {
  /** Of this program. */
  readonly version: string;
}

/** As `startSessionThreads`. */
export async function startRedisThreads(options: RedisThreadsOptions): Promise<Threads> {
  const { version } = options;
  const script = new URL('./redis-worker.js', import.meta.url);
  return await startSessionThreads(options, {
    name: 'Redis thread',
    script,
    ownOrder: { version },
  });
}
