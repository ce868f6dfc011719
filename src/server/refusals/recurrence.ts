/**
 * Tells of what clients can cause as often as they like: one line at once, then one an interval for
 * each subject, with how often it was. What is held back is told when its interval is over.
 */

import { RateLimit } from './rate-limit.js';

export interface RecurrenceOptions {
  readonly intervalMs: number;
  /** Monotonic time in milliseconds. */
  readonly clock: () => number;
  /** Calls `act` once, in `delayMs`. */
  readonly later: (act: () => void, delayMs: number) => void;
}

export interface Told {
  /** What is limited by itself, such as a reason. */
  readonly subject: string;
  /** How often it has happened in all. */
  readonly total: () => number;
  /** Tells of `count` more. */
  readonly tell: (count: number) => void;
}

interface Subject {
  readonly limit: RateLimit;
  isWaiting: boolean;
}

export class Recurrence {
  readonly #options: RecurrenceOptions;
  readonly #subjects = new Map<string, Subject>();

  constructor(options: RecurrenceOptions) {
    this.#options = options;
  }

  /** It has happened, perhaps more than once. */
  happened(happening: Told): void {
    const subject = this.#subjectOf(happening);
    const { clock, later } = this.#options;
    const count = subject.limit.take(happening.total(), clock());
    if (count > 0) happening.tell(count);
    if (subject.isWaiting) return;
    const waitMs = subject.limit.waitMs(clock());
    // Nothing is held back, and no interval runs in which something could be.
    if (waitMs <= 0) return;
    subject.isWaiting = true;
    later(() => {
      subject.isWaiting = false;
      this.happened(happening);
    }, Math.ceil(waitMs));
  }

  #subjectOf({ subject }: Told): Subject {
    const known = this.#subjects.get(subject);
    if (known !== undefined) return known;
    const limit = new RateLimit(this.#options.intervalMs);
    const added = { limit, isWaiting: false };
    this.#subjects.set(subject, added);
    return added;
  }
}
