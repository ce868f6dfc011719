/**
 * Tells of what clients can cause as often as they like: one line at once, then one an interval for
 * each subject, with how often it was. What is held back is told when its interval is over.
 */

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

/**
 * How often to tell of something that happens again and again: at once the first time, after that at
 * most once an interval, with how often it was since. Pure: totals and the time are handed in.
 */
class RateLimit {
  #toldTotal = 0;
  #openMs = Number.NEGATIVE_INFINITY;

  constructor(readonly intervalMs: number) {}

  /**
   * How many of the `total` that there have been in all to tell of now; 0 is none, because there are
   * none that were not told, or because the interval is not over.
   */
  take(total: number, nowMs: number): number {
    const untold = total - this.#toldTotal;
    if (untold <= 0 || nowMs < this.#openMs) return 0;
    this.#toldTotal = total;
    this.#openMs = nowMs + this.intervalMs;
    return untold;
  }

  /** How long until the next may be told; 0 or less is now. */
  waitMs(nowMs: number): number {
    return this.#openMs - nowMs;
  }
}
