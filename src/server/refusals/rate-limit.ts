/**
 * How often to tell of something that happens again and again: at once the first time, after that at
 * most once an interval, with how often it was since. Pure: totals and the time are handed in.
 */
export class RateLimit {
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
