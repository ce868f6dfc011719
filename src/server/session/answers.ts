/**
 * Answers the requests of a session, a part at a time: as a rule all of a chunk with one claim of each sequence that it
 * asks. A claim is at most as large as the largest range, so that no chunk makes the service reserve more than one
 * request could, and no more than that is claimed for a client before it has room for the replies.
 */

import { rangeCountMax } from '../../sequence/range.js';
import type { Claims, ClaimsOfAll } from '../shared/claims.js';
import type { Progress, Protocol } from './protocol.js';
import { SessionReplies } from './replies.js';
import { areLarge, numbersOf, RequestList, unservedRequest } from './request-list.js';
import {
  decodeRequests,
  entriesPerChunk,
  type RequestRules,
  UnfinishedRequest,
} from './requests.js';

/** The protocol of the session port (config/protocol.md). */
export class SessionAnswers implements Protocol<UnfinishedRequest> {
  readonly replies: SessionReplies;
  readonly #requests = new RequestList(new Int32Array(entriesPerChunk));
  readonly #claims: ClaimsOfAll;
  readonly #rules: RequestRules;
  #partEnd = 0;
  #partNumbers = 0;

  /** `names`: of the sequences in their order; `rangeMax`: most numbers of one range. */
  constructor(claims: ClaimsOfAll, names: readonly string[], rangeMax = rangeCountMax) {
    this.replies = new SessionReplies(claims.at(0).increment);
    this.#claims = claims;
    const places = new Map(names.map((name, place) => [name, place]));
    this.#rules = { countMax: rangeMax, places };
  }

  begin(): UnfinishedRequest {
    return new UnfinishedRequest();
  }

  decode(bytes: Buffer, count: number, session: { state: UnfinishedRequest }): RequestList {
    decodeRequests(bytes, count, session.state, this.#rules, this.#requests);
    return this.#requests;
  }

  rangeRoom(sequence: number): number {
    return this.#claims.at(sequence).rangeRoom();
  }

  answer(requests: RequestList): Progress {
    this.replies.clear();
    for (;;) {
      const { groups } = requests;
      const progress = this.#answerPart(requests, this.#claims.at(requests.sequence));
      // Those of another sequence follow in the same send, but for what waits its turn.
      const goesOn = progress === 'part' && requests.groups < groups && !areLarge(requests);
      if (!goesOn) return progress;
    }
  }

  #answerPart(requests: RequestList, claims: Claims): Progress {
    this.#measurePart(requests);
    const wanted = this.#partNumbers;
    if (wanted > 0 && !claims.claimNow(wanted)) {
      return claims.isHopeless(wanted) ? this.#answerWhatIsLeft(requests, claims) : 'short';
    }
    while (requests.next < this.#partEnd) this.#reply(requests.takeNext(), claims);
    return requests.isAnswered ? 'all' : 'part';
  }

  /** How far one claim reaches: all of its group in everyday life. */
  #measurePart(requests: RequestList): void {
    const { entries, next, numbers, groupEnd } = requests;
    this.#partEnd = groupEnd;
    this.#partNumbers = numbers;
    if (numbers <= rangeCountMax) return;
    this.#partEnd = next;
    this.#partNumbers = 0;
    while (this.#partEnd < groupEnd) {
      const wanted = numbersOf(entries[this.#partEnd] ?? 0);
      if (this.#partNumbers + wanted > rangeCountMax) return;
      this.#partNumbers += wanted;
      this.#partEnd++;
    }
  }

  #reply(entry: number, { odometer }: Claims): void {
    if (entry < 0) this.replies.addNumbers(odometer, -entry);
    else if (entry === unservedRequest) this.replies.addUnserved();
    else if (entry > 0) this.replies.addRange(odometer, entry);
    else this.replies.addBell();
  }

  /** Near the end of the sequence: one request after the other, until one cannot be served. */
  #answerWhatIsLeft(requests: RequestList, claims: Claims): Progress {
    const { groups } = requests;
    while (!requests.isAnswered) {
      if (requests.groups < groups) return 'part';
      const wanted = requests.nextNumbers;
      if (wanted > 0 && !claims.claimNow(wanted)) {
        return claims.isHopeless(wanted) ? 'over' : 'short';
      }
      this.#reply(requests.takeNextOne(), claims);
    }
    return 'all';
  }
}
