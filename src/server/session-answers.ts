/**
 * Answers a chunk of requests: as a rule one claim for all of them. A claim is at most as large as
 * the largest range, so that no chunk makes the service reserve more than one request could.
 */

import { notReserved } from '../sequence/counter.js';
import type { Progression } from '../sequence/progression.js';
import { rangeCountMax } from '../sequence/range.js';
import type { Claims } from './claims.js';
import { decodeRequests, RequestList } from './session-protocol.js';
import { SessionReplies } from './session-replies.js';

export class SessionAnswers {
  readonly replies: SessionReplies;
  readonly #requests = new RequestList();
  readonly #claims: Claims;
  #partEnd = 0;
  #partNumbers = 0;

  constructor(progression: Progression, claims: Claims) {
    this.replies = new SessionReplies(progression);
    this.#claims = claims;
  }

  /** The count that the last chunk has left unfinished; 0 is none. */
  get unfinishedCount(): number {
    return this.#requests.unfinishedCount;
  }

  /**
   * Leaves the replies to the first `count` bytes in `replies`. False when that is all the session
   * gets: what follows is no request, or there are no numbers any more.
   */
  answer(bytes: Uint8Array, count: number, unfinishedCount: number): boolean {
    const requests = this.#requests;
    decodeRequests(bytes, count, unfinishedCount, requests);
    this.replies.clear();
    for (let from = 0; from < requests.length; from = this.#partEnd) {
      this.#measurePart(from);
      if (!this.#answerPart(from)) return false;
    }
    return !requests.isViolated;
  }

  /** How far from entry `from` on one claim reaches: all of it in everyday life. */
  #measurePart(from: number): void {
    const { entries, length, numbers } = this.#requests;
    this.#partEnd = length;
    this.#partNumbers = numbers;
    if (numbers <= rangeCountMax) return;
    this.#partEnd = from;
    this.#partNumbers = 0;
    while (this.#partEnd < length) {
      const wanted = Math.abs(entries[this.#partEnd] ?? 0);
      if (this.#partNumbers + wanted > rangeCountMax) return;
      this.#partNumbers += wanted;
      this.#partEnd++;
    }
  }

  #answerPart(from: number): boolean {
    if (this.#partNumbers > 0 && !this.#claim(this.#partNumbers))
      return this.#answerWhatIsLeft(from);
    for (let place = from; place < this.#partEnd; place++) this.#reply(place);
    return true;
  }

  #claim(count: number): boolean {
    const index = this.#claims.claim(BigInt(count));
    if (index !== notReserved) this.replies.startAt(index);
    return index !== notReserved;
  }

  #reply(place: number): void {
    const entry = this.#requests.entries[place] ?? 0;
    if (entry < 0) this.replies.addNumbers(-entry);
    else if (entry > 0) this.replies.addRange(entry);
    else this.replies.addBell();
  }

  /** Near the end of the sequence: one request after the other, until one cannot be served. */
  #answerWhatIsLeft(from: number): boolean {
    for (let place = from; place < this.#partEnd; place++) {
      const entry = this.#requests.entries[place] ?? 0;
      if (entry < 0 && !this.#answerSingly(-entry)) return false;
      if (entry > 0 && !this.#claim(entry)) return false;
      if (entry >= 0) this.#reply(place);
    }
    return true;
  }

  #answerSingly(count: number): boolean {
    for (let left = count; left > 0; left--) {
      if (!this.#claim(1)) return false;
      this.replies.addNumbers(1);
    }
    return true;
  }
}
