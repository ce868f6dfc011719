/** What is kept of a session between two of its chunks. */

import type { RequestList } from './request-list.js';
import type { WaitingSessions } from './waiting.js';

const nothing = new Uint8Array(0);

/** `State`: of its protocol. */
export class Session<State> {
  /** Replies that the client has not made room for; it is not read from until they are gone. */
  unsent: Uint8Array = nothing;
  /** What it has asked for and could not be answered yet; it is not read from until it is. */
  requests: RequestList | undefined = undefined;
  /** Where it waits for them, or last did. */
  queue: WaitingSessions<Session<State>> | undefined = undefined;
  /** It gets nothing beyond `unsent`: whatever it sends is thrown away. */
  isEnding = false;

  /** `activeMs`: monotonic time of the last traffic. */
  constructor(
    readonly fd: number,
    public activeMs: number,
    public state: State,
  ) {}

  get isBlocked(): boolean {
    return this.unsent.length > 0;
  }

  /** Whether it is its turn to wait for numbers. */
  get isWaiting(): boolean {
    return this.requests !== undefined && !this.isBlocked;
  }

  /** Forgets the first `count` bytes of `unsent`. */
  wasSent(count: number): void {
    // The empty rest of a buffer would keep the whole of it.
    this.unsent = count === this.unsent.length ? nothing : this.unsent.subarray(count);
  }
}
