/** What a serving thread makes of accepts that fail, one after the other. */

import { LibcError } from '../../libc/libc.js';
import type { ThreadMessage } from '../shared/thread-messages.js';

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

/**
 * What an error of accept(2) means for a thread that serves.
 *
 * - passing: it was about one connection, or a signal; the next accept may well succeed.
 * - shortage: the system has run out of something; the connection waits in the backlog meanwhile.
 * - fatal: the listening socket is no longer what it was.
 */
export type AcceptError = 'passing' | 'shortage' | 'fatal';

const kinds: Readonly<Record<string, AcceptError>> = {
  EINTR: 'passing',
  ECONNABORTED: 'passing',
  // Another thread was faster, on a socket that does not block.
  EAGAIN: 'passing',
  // Forbidden by a firewall rule.
  EPERM: 'passing',
  // Errors of the network that Linux hands on; accept(2) asks to treat them like a retry.
  ENETDOWN: 'passing',
  EPROTO: 'passing',
  ENOPROTOOPT: 'passing',
  EHOSTDOWN: 'passing',
  ENONET: 'passing',
  EHOSTUNREACH: 'passing',
  // Node's name for EOPNOTSUPP, the same errno on Linux.
  ENOTSUP: 'passing',
  ENETUNREACH: 'passing',
  ETIMEDOUT: 'passing',
  EMFILE: 'shortage',
  ENFILE: 'shortage',
  ENOBUFS: 'shortage',
  ENOMEM: 'shortage',
};

/** `code`: the name of an errno, such as 'EMFILE'. */
export function judgeAcceptError(code: string): AcceptError {
  return kinds[code] ?? 'fatal';
}

/** Shortest and longest pause of a thread while the system is short of something. */
const shortagePauseMs = { min: 10, max: 1000 };

/** The pause after a pause of `previousMs`; 0 when there was none. */
export function nextPauseMs(previousMs: number): number {
  return Math.min(Math.max(previousMs * 2, shortagePauseMs.min), shortagePauseMs.max);
}
