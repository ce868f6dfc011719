/** Threads that each wait in an epoll instance of their own, in which the listener is for a while. */

import { closeSync } from 'node:fs';
import { newEpoll, Poller, readiness } from '../../libc/epoll.js';
import {
  forThread,
  startThreads,
  type ThreadKind,
  type Threads,
  type ThreadsOptions,
} from './threads.js';

export interface EpollThreadKind extends Omit<ThreadKind, 'wake' | 'ownOrder'> {
  /** Fields of this port's order; `epolls`: descriptors of the instances, one a thread. */
  readonly ownOrder: (epolls: readonly number[]) => object;
}

/** As `startThreads`; the listener must be bound as `non-blocking`. */
export async function startEpollThreads(
  options: ThreadsOptions,
  kind: EpollThreadKind,
): Promise<Threads> {
  const { listener, count } = options;
  const epolls: number[] = [];
  const closeEpolls = (): void => epolls.forEach(closeSync);
  try {
    while (epolls.length < count) epolls.push(forThread(kind.name, newEpoll));
  } catch (error) {
    closeEpolls();
    throw error;
  }
  const wake = (): void => {
    listener.shutDown();
    // A socket that was shut down is ready; a thread that pauses after a shortage does not watch it.
    for (const epoll of epolls) new Poller(epoll).add(listener.fd, readiness.readable);
  };
  const ownOrder = (): object => kind.ownOrder(epolls);
  const threads = await startThreads(options, { ...kind, wake, ownOrder }).catch(
    (error: unknown) => {
      closeEpolls();
      throw error;
    },
  );
  return { go: threads.go, stop: () => threads.stop().finally(closeEpolls) };
}
