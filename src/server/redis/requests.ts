/** What a Redis client asks for, in the order in which it is answered. */

import { groupEntries, RequestList } from '../session/request-list.js';
import type { RedisState } from './state.js';

/** Read at a time: requests of which each has a reply of its own, and entries of all kinds. */
const othersMax = 16;
const entriesMax = 128;

/** A reply that takes no number: its bytes, or what makes them when it is its turn. */
export type OtherReply = Uint8Array | (() => Uint8Array);

/**
 * An entry of n > 0 is a range of n numbers, whose last one is the reply; one of n < 0 a run of -n requests for one
 * number; and 0 stands for the next of `others`.
 *
 * So few are read at a time that a connection which takes no replies cannot fill the heap with them: what is behind
 * them stays bytes.
 */
export class RedisRequests extends RequestList {
  others: OtherReply[] = [];
  /** Place of the first of `others` that is not answered yet. */
  nextOther = 0;

  /** `state`: of the connection. */
  constructor(public state: RedisState) {
    // The last request may begin a group.
    super(new Int32Array(entriesMax + groupEntries));
  }

  /** Whether what is behind these is to be read once they are answered. */
  get isFull(): boolean {
    return this.others.length >= othersMax || this.length >= entriesMax;
  }

  override get isAnswered(): boolean {
    return super.isAnswered && this.state.unread === undefined;
  }

  override clear(): void {
    super.clear();
    this.others = [];
    this.nextOther = 0;
  }

  addOther(reply: OtherReply): void {
    this.addBell();
    this.others.push(reply);
  }

  takeOther(): OtherReply {
    return this.others[this.nextOther++] ?? new Uint8Array(0);
  }

  override rest(): RedisRequests {
    const rest = super.restInto(new RedisRequests(this.state));
    rest.entries.set(this.entries.subarray(this.next, this.length));
    rest.others = this.others.slice(this.nextOther);
    return rest;
  }
}
