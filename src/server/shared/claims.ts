/** How a serving thread comes by numbers: it claims, and has more reserved before they run out. */

import { notReserved, type SharedCounter } from '../../sequence/counter.js';
import { endIndex, type Progression } from '../../sequence/progression.js';
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
   * `notReserved` where there is nothing to wait for.
   */
  claim(count: bigint): bigint {
    for (;;) {
      const seen = this.#counter.changes();
      const index = this.claimNow(count);
      if (index !== notReserved || this.isHopeless(count)) return index;
      this.#counter.waitForChange(seen);
    }
  }

  /**
   * The same without blocking: `notReserved` also while they are not reserved yet. Then they are asked
   * for, unless it is hopeless; try again when the counter has changed.
   */
  claimNow(count: bigint): bigint {
    const index = this.#counter.claim(count);
    // What was served needs the usual reserve only, and so does what never can be.
    const isWanted = index === notReserved && !this.#isBeyondEnd(count);
    this.#askFor(isWanted ? count : 1n);
    if (index !== notReserved) this.#tally.add('numbers', Number(count));
    return index;
  }

  /** Whether to wait for `count` numbers is in vain: at the stop, or beyond the end of the sequence. */
  isHopeless(count: bigint): boolean {
    return !this.#counter.isRunning() || this.#isBeyondEnd(count);
  }

  /** How many numbers large claims can have now. */
  rangeRoom(): bigint {
    return this.#counter.rangeRoom();
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
