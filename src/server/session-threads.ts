/** The threads of the session port, and what they share: places, and epoll instances. */

import { closeSync } from 'node:fs';
import { newEpoll, Poller, readiness } from '../libc/epoll.js';
import { limitSendBuffer, sendWithoutDelay } from '../libc/tcp.js';
import type { SessionPlaces } from './session-places.js';
import { startThreads, type Threads, type ThreadsOptions } from './threads.js';

const script = new URL('./session-thread.js', import.meta.url);

/**
 * What the kernel keeps for a client that does not read; it takes twice this, its own bookkeeping
 * included. Left to itself it would let it grow to 4 MB.
 */
const sendBufferBytes = 196_608;

export interface SessionThreadsOptions extends ThreadsOptions {
  /** Time without traffic after which a session is closed. */
  readonly timeoutMs: number;
  /** Of the sessions that may be open at once, over all threads. */
  readonly places: SessionPlaces;
}

/** As `startThreads`; the listener must be bound as `non-blocking`. */
export async function startSessionThreads(options: SessionThreadsOptions): Promise<Threads> {
  const { listener, count, timeoutMs, places } = options;
  // Its connections inherit both.
  sendWithoutDelay(listener.fd);
  limitSendBuffer(listener.fd, sendBufferBytes);
  const { memory: placesMemory, sessionsMax } = places;
  const epolls = Array.from({ length: count }, newEpoll);
  const closeEpolls = (): void => epolls.forEach(closeSync);
  const threads = await startThreads(options, {
    name: 'session thread',
    script,
    ownOrder: () => ({ epolls, placesMemory, sessionsMax, timeoutMs }),
    wake: () => {
      listener.shutDown();
      // A socket that was shut down is ready; a thread that pauses after a shortage does not watch it.
      for (const epoll of epolls) new Poller(epoll).add(listener.fd, readiness.readable);
    },
  }).catch((error: unknown) => {
    closeEpolls();
    throw error;
  });
  const stop = (): Promise<void> => threads.stop().finally(closeEpolls);
  return { go: threads.go, stop };
}
