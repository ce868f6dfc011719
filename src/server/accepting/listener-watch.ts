/**
 * A listener in the epoll loop of a thread: watched while the thread can take connections, and left
 * alone for a while after an accept that failed for lack of something. Left in the loop, a connection
 * that waits would be told again and again, and the thread would spin.
 */

import { type Poller, readiness } from '../../libc/epoll.js';
import type { Gate } from '../shared/gate.js';
import type { AcceptFailures } from './accept-failures.js';

export interface ListenerWatchOptions {
  readonly poller: Poller;
  readonly listenerFd: number;
  readonly failures: AcceptFailures;
  readonly gate: Gate;
  /** `readiness` beside `readable`. */
  readonly mode?: number;
}

export class ListenerWatch {
  readonly #options: ListenerWatchOptions;
  /** When to accept again; undefined while the listener is watched. */
  #resumeMs: number | undefined;
  #isFatal = false;

  constructor(options: ListenerWatchOptions) {
    this.#options = options;
  }

  /** Whether an accept has failed for good: then the thread is to end. */
  get isFatal(): boolean {
    return this.#isFatal;
  }

  /** Whether it is left alone after a shortage. */
  get isPaused(): boolean {
    return this.#resumeMs !== undefined;
  }

  begin(): void {
    const { poller, listenerFd, mode = 0 } = this.#options;
    this.#resumeMs = undefined;
    poller.add(listenerFd, readiness.readable | mode);
  }

  /** An accept has worked. */
  accepted(): void {
    this.#options.failures.end();
  }

  /** An accept has failed; that nobody was waiting counts as well, and costs nothing. */
  failed(errno: number, nowMs: number): void {
    const { gate, failures, poller, listenerFd } = this.#options;
    if (gate.isClosed()) return;
    const pauseMs = failures.pauseMsAfter(errno);
    if (pauseMs === undefined) this.#isFatal = true;
    if (pauseMs === undefined || pauseMs === 0) return;
    poller.remove(listenerFd);
    this.#resumeMs = nowMs + pauseMs;
  }

  /** How long until the pause is over, from 0; undefined where there is none. */
  pauseLeftMs(nowMs: number): number | undefined {
    return this.#resumeMs === undefined ? undefined : Math.max(0, this.#resumeMs - nowMs);
  }

  /** Watches again once the pause is over. */
  resumeIfDue(nowMs: number): void {
    if (this.#resumeMs !== undefined && nowMs >= this.#resumeMs) this.begin();
  }
}
