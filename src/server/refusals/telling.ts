/**
 * What the operator is told of what clients can cause as often as they like: refused connections, and how often
 * a line says so. Pure.
 */

import type { Fault } from '../../errors.js';
import { addressText } from '../../ip-address.js';
import type { RefusalReason } from '../shared/tally.js';

/**
 * `count`: how many since the last such line; `peer`: the 4 or 16 bytes of the address of one that allow does not list. Undefined for what needs no line: a service that ends says so itself.
 */
export function refusalFault(
  reason: RefusalReason,
  count: number,
  peer: Uint8Array,
): Fault | undefined {
  const times = timesText(count);
  switch (reason) {
    case 'not_allowed':
      return {
        what: `Refused a connection from ${addressText(peer)}, which allow does not list${times}`,
        remedy: 'add the peer to allow if it is a client, else keep it away by firewall',
      };
    case 'too_many_sessions':
      return {
        what: `Refused a session: as many as max-sessions are open${times}`,
        remedy: 'raise max-sessions, or find the clients that keep sessions open',
      };
    case 'shortage':
      return {
        what: `Refused a session: the system cannot watch one more${times}`,
        remedy: 'free memory, or raise fs.epoll.max_user_watches',
      };
    case 'stopping':
    case 'sequence_end':
      return undefined;
  }
}

/** ` (17 times)`, as the end of what happened; nothing for once. */
export function timesText(count: number): string {
  return count > 1 ? ` (${count} times)` : '';
}

export interface RecurrenceOptions {
  readonly intervalMs: number;
  /** Calls `act` once, in `delayMs`. */
  readonly later: (act: () => void, delayMs: number) => void;
}

/** What happens again and again. */
export interface Recurring {
  /** What is limited by itself, such as a reason. */
  readonly subject: string;
  /** How often it has happened in all. */
  readonly total: () => number;
  /** Tells of `count` more. */
  readonly tell: (count: number) => void;
  /** Nothing has happened for an interval: the next time is to be told to `happened` again. */
  readonly rest?: () => void;
}

/**
 * Tells one line at once, then one an interval for each subject, with how often it was. What is held back is told
 * when its interval is over.
 */
export class Recurrence {
  readonly #options: RecurrenceOptions;
  /** How much of each subject has been told. */
  readonly #told = new Map<string, number>();
  /** Whose interval runs. */
  readonly #waiting = new Set<string>();

  constructor(options: RecurrenceOptions) {
    this.#options = options;
  }

  /** It has happened, perhaps more than once. */
  happened(recurring: Recurring): void {
    if (!this.#waiting.has(recurring.subject)) this.#tell(recurring);
  }

  #tell(recurring: Recurring): void {
    const { subject } = recurring;
    const total = recurring.total();
    const untold = total - (this.#told.get(subject) ?? 0);
    if (untold === 0) return;
    this.#told.set(subject, total);
    this.#waiting.add(subject);
    recurring.tell(untold);
    this.#options.later(() => this.#endInterval(recurring), this.#options.intervalMs);
  }

  #endInterval(recurring: Recurring): void {
    this.#waiting.delete(recurring.subject);
    this.#tell(recurring);
    if (this.#waiting.has(recurring.subject)) return;
    recurring.rest?.();
    // Up to the rest nobody had to say so.
    this.#tell(recurring);
  }
}
