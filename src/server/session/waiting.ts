/**
 * The sessions of one thread that wait for numbers of one sequence, in the order in which they came to wait.
 *
 * They take turns: each gets one part of its requests at a time, and is behind the others then. A large
 * request never overtakes another one. Small ones do, which find room in the reserve that large claims
 * leave to them, and so for no more than that between two reservations: none waits for ever.
 */

import type { Progress } from './protocol.js';
import { areLarge, type RequestList } from './request-list.js';

/**
 * Of the room for large claims, what one thread takes before the others have had time for theirs: with
 * all of it, a thread that is woken first would always be the only one.
 */
const shareOfRoom = 3 / 4;

/** How long the others have before it takes of what they have left. */
const sharePauseMs = 1;

/** What waits: a session, with what it has asked for. */
interface Waiting {
  readonly requests: RequestList | undefined;
}

export class WaitingSessions<Session extends Waiting> {
  readonly #queue = new Set<Session>();
  /** A claim was too large for what is reserved, and nothing has changed since. */
  #isShort = false;
  #nextShareMs = 0;

  /** `sequence`: its place. */
  constructor(readonly sequence = 0) {}

  get size(): number {
    return this.#queue.size;
  }

  /** At the end of the queue, wherever it was before. */
  add(session: Session): void {
    this.#queue.delete(session);
    this.#queue.add(session);
  }

  /** The numbers for its next request are not reserved yet: it keeps its place. */
  addShort(session: Session): void {
    this.#queue.add(session);
    this.#isShort = true;
  }

  remove(session: Session): void {
    this.#queue.delete(session);
    if (this.#queue.size === 0) this.#isShort = false;
  }

  /** There may be more numbers now. */
  changed(): void {
    this.#isShort = false;
    this.#nextShareMs = 0;
  }

  /** How long until `serve` has something to do; undefined where only `changed` can tell. */
  delayMs(nowMs: number): number | undefined {
    if (this.#queue.size === 0 || this.#isShort) return undefined;
    return Math.max(0, this.#nextShareMs - nowMs);
  }

  /** Has `answer` answer a part for each, as long as there are numbers. `room`: for large claims. */
  serve(
    nowMs: number,
    room: () => number,
    answer: (session: Session, requests: RequestList) => Progress,
  ): void {
    if (this.delayMs(nowMs) !== 0) return;
    let share = room() * shareOfRoom;
    let isShareTaken = false;
    let areLargeShort = false;
    for (const session of [...this.#queue]) {
      const { requests } = session;
      if (requests === undefined) continue;
      const isLarge = areLarge(requests);
      if (isLarge && (areLargeShort || isShareTaken)) continue;
      const { numbers: before, groups } = requests;
      const isShort = answer(session, requests) === 'short';
      if (isShort && !isLarge) break;
      areLargeShort ||= isShort;
      if (!isLarge || isShort) continue;
      // Once another group is next, all of this one is answered.
      share -= requests.groups < groups ? before : before - requests.numbers;
      isShareTaken = share <= 0;
    }
    if (isShareTaken) this.#nextShareMs = nowMs + sharePauseMs;
  }
}
