/** What a serving thread makes of accepts that fail, one after the other. */

import { LibcError } from '../../libc/libc.js';
import type { ThreadMessage } from '../shared/thread-messages.js';
import { judgeAcceptError, nextPauseMs } from './accept-error.js';

export class AcceptFailures {
  readonly #report: (message: ThreadMessage) => void;
  #pauseMs = 0;

  constructor(report: (message: ThreadMessage) => void) {
    this.#report = report;
  }

  /** An accept has worked: a shortage is over. */
  end(): void {
    this.#pauseMs = 0;
  }

  /** How long to pause before the next accept; undefined when there must be none. */
  pauseMsAfter(errno: number): number | undefined {
    const kind = judgeAcceptError(new LibcError('accept', errno).code);
    if (kind === 'passing') return 0;
    if (kind === 'fatal' || this.#pauseMs === 0) this.#report({ kind, errno });
    if (kind === 'fatal') return undefined;
    this.#pauseMs = nextPauseMs(this.#pauseMs);
    return this.#pauseMs;
  }
}
