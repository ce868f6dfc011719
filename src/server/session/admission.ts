/** What becomes of a connection that was accepted: a session of the thread with the fewest, if there is room. */

import { close } from '../../libc/connections.js';
import { type Poller, readiness } from '../../libc/epoll.js';
import type { Refusals } from '../refusals/refusals.js';
import type { ThreadTally } from '../shared/tally.js';
import type { SessionSlots } from './slots.js';

/** What epoll is to report of a session. */
const sessionEvents =
  readiness.edgeTriggered | readiness.readable | readiness.writable | readiness.ended;

export interface SessionAdmissionOptions {
  readonly slots: SessionSlots;
  /** Of all threads, in their order. */
  readonly pollers: readonly Poller[];
  readonly tally: ThreadTally;
  readonly refusals: Refusals;
}

export class SessionAdmission {
  readonly #options: SessionAdmissionOptions;

  constructor(options: SessionAdmissionOptions) {
    this.#options = options;
  }

  /** Hands the connection to a thread, or closes it without a byte, and counts which. */
  admit(connection: number): void {
    const { slots, pollers, tally } = this.#options;
    const thread = slots.take();
    if (thread === undefined) {
      this.#refuse(connection, 'too_many_sessions');
      return;
    }
    // A new connection is writable at once: so the thread that gets it hears of it at once.
    if (pollers[thread]?.add(connection, sessionEvents) === 0) {
      tally.add('sessions', 1);
      return;
    }
    slots.release(thread);
    this.#refuse(connection, 'shortage');
  }

  #refuse(connection: number, reason: 'too_many_sessions' | 'shortage'): void {
    close(connection);
    this.#options.refusals.note(reason);
  }
}
