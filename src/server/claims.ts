/** How a serving thread comes by numbers: it claims, and waits while they are not durable. */

import { notReserved, type SharedCounter } from '../sequence/counter.js';
import { endIndex, type Progression } from '../sequence/progression.js';
import type { ThreadTally } from './tally.js';
import type { ThreadMessage } from './thread-messages.js';

export class Claims {
  readonly #counter: SharedCounter;
  readonly #progression: Progression;
  readonly #report: (message: ThreadMessage) => void;
  readonly #tally: ThreadTally;

  constructor(
    counter: SharedCounter,
    progression: Progression,
    report: (message: ThreadMessage) => void,
    tally: ThreadTally,
  ) {
    this.#counter = counter;
    this.#progression = progression;
    this.#report = report;
    this.#tally = tally;
  }

  /**
   * The first of `count` consecutive indexes; blocks this thread while they are not reserved.
   * `notReserved` at the stop, and when fewer are left before the end of the sequence.
   */
  claim(count: bigint): bigint {
    const claimed = this.#counter.claim(count);
    // These are served: what is asked for is the usual reserve only.
    if (claimed !== notReserved) this.#askFor(1n);
    const index = claimed === notReserved ? this.#claimPatiently(count) : claimed;
    if (index !== notReserved) this.#tally.add('numbers', Number(count));
    return index;
  }

  #claimPatiently(count: bigint): bigint {
    for (;;) {
      const seen = this.#counter.changes();
      const index = this.#counter.claim(count);
      const isBeyondEnd = index === notReserved && this.#isBeyondEnd(count);
      // Room for `count` is asked for only where they still have to be served and can be.
      this.#askFor(index === notReserved && !isBeyondEnd ? count : 1n);
      if (index !== notReserved || isBeyondEnd || !this.#counter.isRunning()) return index;
      this.#counter.waitForChange(seen);
    }
  }

  /** Why the last claim failed. */
  whyNone(): 'sequence_end' | 'stopping' {
    return this.#counter.isRunning() ? 'sequence_end' : 'stopping';
  }

  #isBeyondEnd(count: bigint): boolean {
    return this.#counter.cursor() + count > endIndex(this.#progression);
  }

  #askFor(count: bigint): void {
    if (!this.#counter.takeReservationRequest(count)) return;
    this.#report({ kind: 'low', count: Number(count) });
  }
}
