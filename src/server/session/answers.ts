/**
 * Answers the requests of a session, a part at a time: as a rule all of a chunk with one claim. A claim
 * is at most as large as the largest range, so that no chunk makes the service reserve more than one
 * request could, and no more than that is claimed for a client before it has room for the replies.
 */

import { rangeCountMax } from '../../sequence/range.js';
import type { Claims } from '../shared/claims.js';
import type { Progress, Protocol } from './protocol.js';
import { SessionReplies } from './replies.js';
import { decodeRequests, RequestList } from './requests.js';

/** The protocol of the session port (config/protocol.md). Its state: the count whose STX is still to come, or 0. */
export class SessionAnswers implements Protocol<number> {
  readonly replies: SessionReplies;
  readonly #requests = new RequestList();
  readonly #claims: Claims;
  readonly #rangeMax: number;
  #partEnd = 0;
  #partNumbers = 0;

  /** `rangeMax`: most numbers of one range. */
  constructor(claims: Claims, rangeMax = rangeCountMax) {
    this.replies = new SessionReplies(claims.odometer, claims.increment);
    this.#claims = claims;
    this.#rangeMax = rangeMax;
  }

  begin(): number {
    return 0;
  }

  decode(bytes: Uint8Array, count: number, session: { state: number }): RequestList {
    decodeRequests(bytes, count, session.state, this.#rangeMax, this.#requests);
    session.state = this.#requests.unfinishedCount;
    return this.#requests;
  }

  rangeRoom(): number {
    return this.#claims.rangeRoom();
  }

  answer(requests: RequestList): Progress {
    this.replies.clear();
    this.#measurePart(requests);
    const wanted = this.#partNumbers;
    if (wanted > 0 && !this.#claims.claimNow(wanted)) {
      return this.#claims.isHopeless(wanted) ? this.#answerWhatIsLeft(requests) : 'short';
    }
    while (requests.next < this.#partEnd) this.#reply(requests.takeNext());
    return requests.isAnswered ? 'all' : 'part';
  }

  /** How far one claim reaches: all of it in everyday life. */
  #measurePart({ entries, next, length, numbers }: RequestList): void {
    this.#partEnd = length;
    this.#partNumbers = numbers;
    if (numbers <= rangeCountMax) return;
    this.#partEnd = next;
    this.#partNumbers = 0;
    while (this.#partEnd < length) {
      const wanted = Math.abs(entries[this.#partEnd] ?? 0);
      if (this.#partNumbers + wanted > rangeCountMax) return;
      this.#partNumbers += wanted;
      this.#partEnd++;
    }
  }

  #reply(entry: number): void {
    if (entry < 0) this.replies.addNumbers(-entry);
    else if (entry > 0) this.replies.addRange(entry);
    else this.replies.addBell();
  }

  /** Near the end of the sequence: one request after the other, until one cannot be served. */
  #answerWhatIsLeft(requests: RequestList): Progress {
    while (!requests.isAnswered) {
      const wanted = requests.nextNumbers;
      if (wanted > 0 && !this.#claims.claimNow(wanted)) {
        return this.#claims.isHopeless(wanted) ? 'over' : 'short';
      }
      this.#reply(requests.takeNextOne());
    }
    return 'all';
  }
}
