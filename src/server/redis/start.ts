/** The threads of the Redis port. */

import {
  type SessionKind,
  type SessionThreadsOptions,
  startSessionThreads,
} from '../session/start.js';
import type { Threads } from '../threads/threads.js';

export interface RedisThreadsOptions extends SessionThreadsOptions {
  /** Of this program. */
  readonly version: string;
}

export const redisKind: SessionKind = {
  name: 'Redis thread',
  script: new URL('./redis-worker.js', import.meta.url),
};

/** As `startSessionThreads`. */
export async function startRedisThreads(options: RedisThreadsOptions): Promise<Threads> {
  const { version } = options;
  return await startSessionThreads(options, redisKind, { version });
}
