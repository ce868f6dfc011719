/** The thread of the metrics port, and what it shares with the main thread. */

import { startEpollThreads } from '../threads/epoll-threads.js';
import { spawnThread } from '../threads/spawn.js';
import type { Threads, ThreadsOptions } from '../threads/threads.js';
import type { Health } from './health.js';
import { mailboxFor, ScrapeMailbox } from './scrape-mailbox.js';

export interface MetricsThreadOptions extends Omit<ThreadsOptions, 'count' | 'allow' | 'onLow'> {
  readonly health: Health;
  /** The text to hand out. A rejection or a delay costs the client its answer, and nothing else. */
  readonly text: () => Promise<string>;
}

/** As `startThreads`; the listener must be bound as `non-blocking`. */
export async function startMetricsThread(options: MetricsThreadOptions): Promise<Threads> {
  const { health, text } = options;
  const mailbox = new ScrapeMailbox(mailboxFor(options.counters.count - 1));
  const answer = (): void => {
    // Who gets no answer in time says so to its client.
    void text()
      .then((told) => mailbox.answer(told))
      .catch(() => undefined);
  };
  const memories = { healthMemory: health.memory, mailboxMemory: mailbox.memory };
  return await startEpollThreads(
    { ...options, count: 1, allow: [], onLow: () => undefined },
    {
      name: 'metrics thread',
      spawn: () => spawnThread(new URL('./metrics-worker.js', import.meta.url)),
      ownOrder: ([epoll]) => ({ epoll, ...memories }),
      onScrape: answer,
    },
  );
}
