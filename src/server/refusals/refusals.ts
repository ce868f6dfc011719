/** How a serving thread counts the connections that it refuses, and lets the main thread know. */

import type { RefusalReason, ThreadTally } from '../shared/tally.js';
import type { ThreadMessage } from '../shared/thread-messages.js';

export class Refusals {
  readonly #tally: ThreadTally;
  readonly #report: (message: ThreadMessage) => void;

  constructor(tally: ThreadTally, report: (message: ThreadMessage) => void) {
    this.#tally = tally;
    this.#report = report;
  }

  /** `peer`: the 4 or 16 bytes of its address, where that is known. A flood of clients makes no flood of messages. */
  note(reason: RefusalReason, peer?: Uint8Array): void {
    if (this.#tally.refuse(reason, peer)) this.#report({ kind: 'refused', reason });
  }
}
