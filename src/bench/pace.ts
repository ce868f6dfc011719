/**
 * When requests are due. With a rate they are due at fixed times, whatever the server does, and their
 * latency counts from then on: a server that stalls cannot hide it by not being asked (coordinated
 * omission). Without one, whatever has room is due now. Pure.
 */

/** Requests in a row: the one with index i is due at `sinceMs + i * spacingMs`. */
export interface Due {
  readonly count: number;
  readonly sinceMs: number;
  /** 0: all are due when they are sent. */
  readonly spacingMs: number;
}

/** A wait of the kernel can be longer than asked for by about this; the rest is spent looking. */
const waitErrorMs = 1.2;

export class Pace {
  readonly #startMs: number;
  readonly #spacingMs: number;
  #due = 0;
  #sent = 0;

  /** `perSecond`: undefined for as fast as it goes. */
  constructor(perSecond: number | undefined, startMs: number) {
    this.#startMs = startMs;
    this.#spacingMs = perSecond === undefined ? 0 : 1000 / perSecond;
  }

  due(nowMs: number): Due {
    const spacingMs = this.#spacingMs;
    if (spacingMs === 0) return { count: Number.POSITIVE_INFINITY, sinceMs: nowMs, spacingMs };
    this.#due = Math.floor((nowMs - this.#startMs) / spacingMs) + 1;
    return { count: Math.max(0, this.#due - this.#sent), sinceMs: this.#nextMs, spacingMs };
  }

  sent(count: number): void {
    this.#sent += count;
  }

  /** How many requests were due and could not be sent, because those before were not answered. */
  get behind(): number {
    return Math.max(0, this.#due - this.#sent);
  }

  /** How long to wait for the next request that is due; a whole number. */
  waitMs(nowMs: number, waitMsMax: number): number {
    const leftMs = Math.ceil(this.#nextMs - nowMs - waitErrorMs);
    return Math.min(Math.max(leftMs, 0), waitMsMax);
  }

  get #nextMs(): number {
    return this.#startMs + this.#sent * this.#spacingMs;
  }
}
