/** How a serving thread counts the connections that it refuses, and lets the main thread know. */

import type { RefusalReason, ThreadTally } from '../shared/tally.js';
import type { ThreadMessage } from '../shared/thread-messages.js';

/** A flood of clients makes no flood of messages: the counts are in the tally anyway. */
const messageIntervalMs = 1000;

export class Refusals {
  readonly #tally: ThreadTally;
  readonly #report: (message: ThreadMessage) => void;
  readonly #clock: () => number;
  readonly #reportedMs = new Map<RefusalReason, number>();

  /** `clock`: monotonic time in milliseconds. */
  constructor(tally: ThreadTally, report: (message: ThreadMessage) => void, clock: () => number) {
    this.#tally = tally;
    this.#report = report;
    this.#clock = clock;
  }

  /** `peer`: the address as 32 bits, where it is known. */
  note(reason: RefusalReason, peer?: number): void {
    this.#tally.add(reason, 1);
    const nowMs = this.#clock();
    const reportedMs = this.#reportedMs.get(reason) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - reportedMs < messageIntervalMs) return;
    this.#reportedMs.set(reason, nowMs);
    this.#report({ kind: 'refused', reason, ...(peer === undefined ? {} : { peer }) });
  }
}
