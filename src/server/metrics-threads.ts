/** The thread of the metrics port, and what it shares with the main thread. */

import { closeSync } from 'node:fs';
import { newEpoll, Poller, readiness } from '../libc/epoll.js';
import type { Health } from './health.js';
import { ScrapeMailbox } from './scrape-mailbox.js';
import { startThreads, type Threads, type ThreadsOptions } from './threads.js';

const script = new URL('./metrics-thread.js', import.meta.url);

export interface MetricsThreadOptions extends Omit<ThreadsOptions, 'count' | 'allow' | 'onLow'> {
  readonly health: Health;
  /** The text to hand out. A rejection or a delay costs the client its answer, and nothing else. */
  readonly text: () => Promise<string>;
}

/** As `startThreads`; the listener must be bound as `non-blocking`. */
export async function startMetricsThread(options: MetricsThreadOptions): Promise<Threads> {
  const { listener, health, text } = options;
  const mailbox = new ScrapeMailbox();
  const epoll = newEpoll();
  const answer = (): void => {
    // Who gets no answer in time says so to its client.
    void text()
      .then((told) => mailbox.answer(told))
      .catch(() => undefined);
  };
  const threads = await startThreads(
    { ...options, count: 1, allow: [], onLow: () => undefined },
    {
      name: 'metrics thread',
      script,
      ownOrder: () => ({ epoll, healthMemory: health.memory, mailboxMemory: mailbox.memory }),
      onScrape: answer,
      wake: () => {
        listener.shutDown();
        // A socket that was shut down is ready; a thread that pauses after a shortage does not watch it.
        new Poller(epoll).add(listener.fd, readiness.readable);
      },
    },
  ).catch((error: unknown) => {
    closeSync(epoll);
    throw error;
  });
  return { go: threads.go, stop: () => threads.stop().finally(() => closeSync(epoll)) };
}
