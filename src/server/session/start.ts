/** The threads of the session port, and what they share. */

import { closeSync } from 'node:fs';
import { announce, newEvent } from '../../libc/event.js';
import { limitSendBuffer, sendWithoutDelay } from '../../libc/tcp.js';
import { startEpollThreads } from '../threads/epoll-threads.js';
import { type SpawnedThread, spawnThread, threadHeapMb } from '../threads/spawn.js';
import { forThread, type Threads, type ThreadsOptions } from '../threads/threads.js';
import type { SessionSlots } from './slots.js';

/**
 * What the kernel keeps for a client that does not read; it takes twice this, its own bookkeeping
 * included. Left to itself it would let it grow to 4 MB.
 */
const sendBufferBytes = 196_608;

/** JavaScript memory of a session that waits, beside its replies and requests themselves. */
const sessionHeapBytes = 768;

export interface SessionThreadsOptions extends ThreadsOptions {
  /** Time without traffic after which a session is closed. */
  readonly timeoutMs: number;
  /** Of the sequences, in the order of their counters. */
  readonly names: readonly string[];
  /** Most numbers of one range; 1 turns ranges off. */
  readonly rangeMax: number;
  /** Of the sessions that may be open at once, over all threads. */
  readonly slots: SessionSlots;
  /** Those that have been spawned already: see `spawnSessionThreads`. */
  readonly spawned?: readonly SpawnedThread[];
}

/** The threads of a port with sessions: what they are called, and what they run. */
export interface SessionKind {
  readonly name: 'session thread' | 'Redis thread';
  readonly script: URL;
}

const sessionKind: SessionKind = {
  name: 'session thread',
  script: new URL('./session-worker.js', import.meta.url),
};

/** So many threads, to be started later: they load what they need while the rest of the start goes on. */
export function spawnSessionThreads(
  count: number,
  sessionsMax: number,
  { script } = sessionKind,
): SpawnedThread[] {
  const heapMb = sessionHeapMb(sessionsMax);
  return Array.from({ length: count }, () => spawnThread(script, heapMb));
}

/** As `startThreads`; the listener must be bound as `non-blocking`. `ownOrder`: further fields of their orders. */
export async function startSessionThreads(
  options: SessionThreadsOptions,
  { name, script } = sessionKind,
  ownOrder: object = {},
): Promise<Threads> {
  const { listener, counters, timeoutMs, names, rangeMax, slots } = options;
  // Its connections inherit both.
  sendWithoutDelay(listener.fd);
  limitSendBuffer(listener.fd, sendBufferBytes);
  const { memory: slotsMemory, sessionsMax, before: slotsBefore } = slots;
  const changeEvent = forThread(name, newEvent);
  const stopAnnouncing = counters.onChange(() => announce(changeEvent));
  const closeEvent = (): void => {
    stopAnnouncing();
    closeSync(changeEvent);
  };
  const own = {
    slotsMemory,
    slotsBefore,
    sessionsMax,
    timeoutMs,
    names,
    rangeMax,
    changeEvent,
    ...ownOrder,
  };
  const heapMb = sessionHeapMb(sessionsMax);
  const threads = await startEpollThreads(options, {
    name,
    spawn: (thread) => options.spawned?.[thread] ?? spawnThread(script, heapMb),
    ownOrder: (epolls) => ({ epolls, ...own }),
  }).catch((error: unknown) => {
    closeEvent();
    throw error;
  });
  return { go: threads.go, stop: () => threads.stop().finally(closeEvent) };
}

/**
 * Heap of a thread that may come to hold all of so many sessions: clients must not be able to end it
 * by opening as many as they may.
 */
export function sessionHeapMb(sessionsMax: number): number {
  return threadHeapMb + Math.ceil((sessionsMax * sessionHeapBytes) / 2 ** 20);
}
