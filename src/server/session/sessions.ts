/**
 * The open sessions of one thread. Epoll is edge-triggered for them, which saves a look at each of them
 * in the kernel for every request: what could not be done at once is kept here.
 *
 * Invariants: a session is read from only while it has no unsent replies and no requests that wait for
 * numbers, so what it holds is bounded by one chunk and the replies to it; and nothing is claimed for it
 * while it has unsent replies. A FIN is sent only when every reply was: where replies are left unsent
 * the connection is reset, so that the client cannot take a part for all. What a client still sends
 * behind our FIN is read and thrown away, because a close over unread bytes would reset the connection
 * and lose replies that are on their way.
 */

import {
  abort,
  close,
  endSending,
  isPassing,
  receiveBytes,
  sendAll,
  sendBytes,
} from '../../libc/connections.js';
import { errno } from '../../libc/libc.js';
import { ForeignMemory } from '../../libc/memory.js';
import type { Progress, Protocol } from './protocol.js';
import { areLarge, type RequestList } from './request-list.js';
import { chunkBytesMax } from './requests.js';
import { Session } from './session.js';
import { WaitingSessions } from './waiting.js';

/** How long a client that was told the end has to close its side. */
const lingerMs = 1000;

export interface SessionsOptions<State> {
  readonly protocol: Protocol<State>;
  /** Time without traffic after which a session is closed. */
  readonly timeoutMs: number;
  /** A session has ended, and its descriptor is closed. */
  readonly onEnd: () => void;
}

export class Sessions<State> {
  readonly #options: SessionsOptions<State>;
  /** By descriptor: the kernel gives the lowest that is free, so there are few holes. */
  readonly #open: (Session<State> | undefined)[] = [];
  #count = 0;
  /** Those that may have sent more than was received from them: no event will tell. */
  readonly #pending = new Set<Session<State>>();
  /** Those with `isWaiting`, by the sequence whose numbers they wait for; none of these is empty. */
  readonly #queues = new Map<number, WaitingSessions<Session<State>>>();
  readonly #chunk = new ForeignMemory(chunkBytesMax);
  #areEnding = false;

  constructor(options: SessionsOptions<State>) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether `servePending` has something to do. */
  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Whether any waits for numbers: then `numbersChanged` is to be called when there are more. */
  get areWaiting(): boolean {
    return this.#queues.size > 0;
  }

  /** How long until `serveWaiting` has something to do; undefined where there is nothing. */
  waitingDelayMs(nowMs: number): number | undefined {
    let least: number | undefined;
    for (const queue of this.#queues.values()) {
      const delayMs = queue.delayMs(nowMs);
      if (delayMs !== undefined) least = Math.min(delayMs, least ?? delayMs);
    }
    return least;
  }

  /** There may be more numbers than there were. */
  numbersChanged(): void {
    for (const queue of this.#queues.values()) queue.changed();
  }

  /** Answers those that wait for numbers, as far as there are any: a part of each. */
  serveWaiting(nowMs: number): void {
    for (const queue of [...this.#queues.values()]) {
      const room = () => this.#options.protocol.rangeRoom(queue.sequence);
      queue.serve(nowMs, room, (session, requests) => {
        session.activeMs = nowMs;
        return this.#answerPart(session, requests);
      });
    }
  }

  /**
   * Does what there is to do for a connection that epoll reports, perhaps hung up; one that is
   * not known yet becomes a session.
   */
  serve(fd: number, nowMs: number, isHangup: boolean): void {
    const session = this.#open[fd] ?? this.#begin(fd, nowMs);
    // A stream's end behind received bytes shows only when it is received from again.
    if (isHangup && !session.isWaiting) this.#pending.add(session);
    if (this.#areEnding && !session.isEnding) this.#beginEnd(session);
    else this.#advance(session, nowMs);
  }

  /** Goes on where the last turn left off, one chunk of each session. */
  servePending(nowMs: number): void {
    for (const session of [...this.#pending]) this.#advance(session, nowMs);
  }

  /** Closes those that have been idle for too long. */
  closeIdle(nowMs: number): void {
    for (const session of this.#all()) {
      if (session.isWaiting || nowMs - session.activeMs < this.#patienceMs(session)) continue;
      // There may be bytes that this thread was too busy to look at.
      this.#advance(session, nowMs);
      if (session.activeMs < nowMs) this.#end(session);
    }
  }

  /** Nobody is answered any more: sends what is left to send, and then the end. */
  endAll(): void {
    this.#areEnding = true;
    for (const session of this.#all()) this.#beginEnd(session);
  }

  /** Closes all there are, whatever they wait for. */
  closeAll(): void {
    for (const session of this.#all()) this.#end(session);
  }

  *#all(): Generator<Session<State>> {
    if (this.#count === 0) return;
    for (const session of this.#open) if (session !== undefined) yield session;
  }

  #begin(fd: number, nowMs: number): Session<State> {
    const session = new Session(fd, nowMs, this.#options.protocol.begin());
    this.#open[fd] = session;
    this.#count++;
    return session;
  }

  #advance(session: Session<State>, nowMs: number): void {
    if (session.isBlocked) this.#sendRest(session, nowMs);
    else if (session.isWaiting) this.#pending.delete(session);
    else if (session.isEnding) this.#discard(session);
    else this.#receive(session, nowMs);
  }

  /** Receives a chunk; the count of `receiveBytes`. */
  #receiveChunk(session: Session<State>): number {
    const count = receiveBytes(session.fd, this.#chunk, chunkBytesMax);
    // Less than a whole chunk is all there was.
    if (count === chunkBytesMax) this.#pending.add(session);
    return count;
  }

  #receive(session: Session<State>, nowMs: number): void {
    const count = this.#receiveChunk(session);
    if (count > 0) this.#answer(session, count, nowMs);
    else this.#pauseOrEnd(session, count);
  }

  #answer(session: Session<State>, count: number, nowMs: number): void {
    session.activeMs = nowMs;
    const requests = this.#options.protocol.decode(this.#chunk.bytes, count, session);
    const isFirst = !areLarge(requests) || !this.#queues.has(requests.sequence);
    if (isFirst) this.#answerPart(session, requests);
    else this.#wait(session, requests, 'part');
  }

  #answerPart(session: Session<State>, requests: RequestList): Progress {
    const progress = this.#options.protocol.answer(requests);
    if (progress === 'part' || progress === 'short') this.#wait(session, requests, progress);
    else if (session.requests !== undefined) this.#stopWaiting(session);
    session.isEnding = progress === 'over' || (progress === 'all' && requests.isViolated);
    this.#sendReplies(session);
    return progress;
  }

  #wait(session: Session<State>, requests: RequestList, progress: 'part' | 'short'): void {
    session.requests ??= requests.rest();
    this.#pending.delete(session);
    this.#enqueue(session, session.requests.sequence, progress);
  }

  #enqueue(session: Session<State>, sequence: number, progress: 'part' | 'short'): void {
    const queue = this.#queues.get(sequence) ?? new WaitingSessions<Session<State>>(sequence);
    if (session.queue !== queue) this.#leaveQueue(session);
    this.#queues.set(sequence, queue);
    session.queue = queue;
    if (progress === 'short') queue.addShort(session);
    else queue.add(session);
  }

  #leaveQueue(session: Session<State>): void {
    const { queue } = session;
    if (queue === undefined) return;
    session.queue = undefined;
    queue.remove(session);
    if (queue.size === 0) this.#queues.delete(queue.sequence);
  }

  #stopWaiting(session: Session<State>): void {
    session.requests = undefined;
    this.#leaveQueue(session);
    // What came while it was not read from was reported then.
    this.#pending.add(session);
  }

  #sendReplies(session: Session<State>): void {
    const { memory, bytes, length } = this.#options.protocol.replies;
    const sent = length === 0 ? 0 : sendBytes(session.fd, memory, length);
    if (sent === length) this.#afterReplies(session);
    else if (sent < 0 && !isPassing(errno())) this.#end(session);
    else this.#block(session, Uint8Array.prototype.slice.call(bytes, Math.max(sent, 0), length));
  }

  /** Nothing more is claimed for it until these are sent. */
  #block(session: Session<State>, unsent: Uint8Array): void {
    session.unsent = unsent;
    this.#leaveQueue(session);
  }

  #sendRest(session: Session<State>, nowMs: number): void {
    const sent = sendAll(session.fd, session.unsent);
    if (sent > 0) this.#afterSending(session, sent, nowMs);
    else this.#pauseOrEnd(session, sent);
  }

  #afterSending(session: Session<State>, sent: number, nowMs: number): void {
    session.activeMs = nowMs;
    session.wasSent(sent);
    if (session.isBlocked) return;
    if (session.requests !== undefined) this.#enqueue(session, session.requests.sequence, 'part');
    // What came meanwhile was reported meanwhile.
    else this.#pending.add(session);
    this.#afterReplies(session);
  }

  #afterReplies(session: Session<State>): void {
    if (session.isEnding) this.#beginEnd(session);
  }

  #beginEnd(session: Session<State>): void {
    session.isEnding = true;
    if (session.requests !== undefined) this.#stopWaiting(session);
    if (session.isBlocked) return;
    endSending(session.fd);
    this.#discard(session);
  }

  #discard(session: Session<State>): void {
    const count = this.#receiveChunk(session);
    if (count <= 0) this.#pauseOrEnd(session, count);
  }

  /** After a transfer of nothing: the client has ended it, or the connection has failed, or it waits. */
  #pauseOrEnd(session: Session<State>, result: number): void {
    this.#pending.delete(session);
    if (result === 0 || !isPassing(errno())) this.#end(session);
  }

  #end(session: Session<State>): void {
    if (this.#open[session.fd] !== session) return;
    this.#open[session.fd] = undefined;
    this.#count--;
    this.#pending.delete(session);
    this.#leaveQueue(session);
    if (session.isBlocked) abort(session.fd);
    else close(session.fd);
    this.#options.onEnd();
  }

  #patienceMs({ isEnding, isBlocked }: Session<State>): number {
    return isEnding && !isBlocked ? lingerMs : this.#options.timeoutMs;
  }
}
