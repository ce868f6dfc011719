import type { PendingRequest } from './pending-request.js';

/** Answered requests are kept up to this many, or as many as are left, and then dropped at once. */
const answeredMax = 1024;

/** The requests of a connection whose reply is due, the oldest first. */
export class InFlight {
  #requests: PendingRequest[] = [];
  /** How many at the start of the list are answered: shifting it each time would cost its length. */
  #answered = 0;

  get size(): number {
    return this.#requests.length - this.#answered;
  }

  get oldest(): PendingRequest | undefined {
    return this.#requests[this.#answered];
  }

  add(request: PendingRequest): void {
    this.#requests.push(request);
  }

  dropOldest(): void {
    this.#answered++;
    if (this.#answered <= answeredMax || this.#answered < this.size) return;
    this.#requests = this.#requests.slice(this.#answered);
    this.#answered = 0;
  }

  takeAll(): PendingRequest[] {
    const taken = this.#requests.slice(this.#answered);
    this.#requests = [];
    this.#answered = 0;
    return taken;
  }
}
