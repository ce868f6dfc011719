/** What a protocol is to the sessions of a thread: how bytes become requests, and requests replies. */

import type { ForeignMemory } from '../../libc/memory.js';
import type { RequestList } from './request-list.js';

/**
 * How far it came: all requests are answered; a part, and the rest can have its turn; the numbers for
 * what comes next are not reserved yet; or the session gets no more, since there are none.
 */
export type Progress = 'all' | 'part' | 'short' | 'over';

/** The replies to one part of a session's requests, one behind the other, to leave in one send. */
interface Replies {
  readonly memory: ForeignMemory;
  readonly bytes: Buffer;
  readonly length: number;
}

/** `State`: what is kept of a session between two of its chunks. */
export interface Protocol<State> {
  /** The state of a session that has sent nothing yet. */
  begin(): State;
  /**
   * The requests in the first `count` bytes of a chunk, in a list that holds until the next call. `session` has what
   * earlier chunks have left, and gets what this one leaves.
   */
  decode(bytes: Buffer, count: number, session: { state: State }): RequestList;
  /** Answers the next part of `requests`, which then begins behind it; leaves the replies in `replies`. */
  answer(requests: RequestList): Progress;
  readonly replies: Replies;
  /** How many numbers of that sequence large requests can have now. */
  rangeRoom(sequence: number): number;
}
