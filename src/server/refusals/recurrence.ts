/**
 * Tells of what clients can cause as often as they like: one line at once, then one an interval for
 * each subject, with how often it was. What is held back is told when its interval is over.
 */

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
