/** What a Redis client asks for, in the order in which it is answered. */

import { RequestList } from '../session/requests.js';

/** A reply that takes no number: its bytes, or what makes them when it is its turn. */
export type OtherReply = Uint8Array | (() => Uint8Array);

/**
 * An entry of n > 0 is a range of n numbers, whose last one is the reply; one of n < 0 a run of -n requests for one
 * number; and 0 stands for the next of `others`.
 */
export class RedisRequests extends RequestList {
  others: OtherReply[] = [];
  /** Place of the first of `others` that is not answered yet. */
  nextOther = 0;

  override clear(): void {
    super.clear();
    this.others = [];
    this.nextOther = 0;
  }

  /** One more request for one number. */
  addNumber(): void {
    const last = this.length - 1;
    if (last >= 0 && (this.entries[last] ?? 0) < 0) {
      this.entries[last] = (this.entries[last] ?? 0) - 1;
      this.numbers++;
    } else {
      this.addRun(1);
    }
  }

  addOther(reply: OtherReply): void {
    this.addBell();
    this.others.push(reply);
  }

  takeOther(): OtherReply {
    return this.others[this.nextOther++] ?? new Uint8Array(0);
  }

  override rest(): RedisRequests {
    const rest = super.restInto(new RedisRequests(this.entries.slice(this.next, this.length)));
    rest.others = this.others.slice(this.nextOther);
    return rest;
  }
}
