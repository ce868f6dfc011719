/**
 * A worker thread of a port with sessions: an epoll loop in which a chunk of pipelined requests is one
 * receive, one claim, one buffer and one send. Nothing wakes it while no session is open.
 *
 * Sessions are spread evenly: the thread that accepts one hands it to the thread that has the fewest,
 * through that one's epoll instance. Numbers increase in the order in which chunks are served, since
 * they are claimed only after they are asked for.
 *
 * No session keeps the thread waiting: one whose numbers are not reserved yet is put aside, and the
 * thread watches the event by which the main thread tells of changes to the counter.
 *
 * Invariant: between a wait and the end of the loop over what it told, no session is closed but the
 * one that an event is about. Events name descriptors; that of a session closed meanwhile would be
 * taken for a new one, and could be somebody else's connection by then.
 *
 * The thread ends only once the gate is closed, or after it said `fatal`.
 */

import { performance } from 'node:perf_hooks';
import type { MessagePort } from 'node:worker_threads';
import { Poller, readiness } from '../../libc/epoll.js';
import { errno } from '../../libc/libc.js';
import { Counters } from '../../sequence/counter.js';
import { AcceptFailures } from '../accepting/accept-failures.js';
import { type Acceptor, acceptorOf, refused } from '../accepting/acceptor.js';
import { ListenerWatch } from '../accepting/listener-watch.js';
import { Refusals } from '../refusals/refusals.js';
import { ClaimsOfAll } from '../shared/claims.js';
import { Gate } from '../shared/gate.js';
import { Tally } from '../shared/tally.js';
import type { SessionOrder, ThreadMessage } from '../shared/thread-messages.js';
import { SessionAdmission } from './admission.js';
import type { Protocol } from './protocol.js';
import { Sessions } from './sessions.js';
import { SessionSlots } from './slots.js';

/** How often to look for idle sessions while any is open. */
const idleCheckMs = 1000;

/** Most connections that are accepted before the open sessions have their turn. */
const acceptsMax = 64;

/** How long clients have at the stop to take the replies that are left, and to close their side. */
const stopGraceMs = 300;

export class SessionThread<State> {
  readonly #gate: Gate;
  readonly #own: Poller;
  readonly #acceptor: Acceptor;
  readonly #listener: ListenerWatch;
  readonly #admission: SessionAdmission;
  readonly #sessions: Sessions<State>;
  #nextCheckMs = 0;
  /** Whether the thread watches for changes of the counter. */
  #isWatching = false;

  constructor(
    readonly order: SessionOrder,
    readonly port: MessagePort,
    protocolOver: (claims: ClaimsOfAll) => Protocol<State>,
  ) {
    const { progression, thread } = order;
    const report = (message: ThreadMessage): void => port.postMessage(message);
    const counters = new Counters(order.counterMemory);
    const tally = new Tally(order.tallyMemory).ofThread(thread);
    const refusals = new Refusals(tally, report);
    const claims = new ClaimsOfAll(counters, progression, report, tally);
    const own = new Poller(order.epolls[thread] ?? -1);
    this.#gate = new Gate(order.gateMemory);
    this.#own = own;
    this.#acceptor = acceptorOf(order.listenerFd, order.allow, 'non-blocking', (peer) =>
      refusals.note('not_allowed', peer),
    );
    this.#listener = new ListenerWatch({
      poller: own,
      listenerFd: order.listenerFd,
      failures: new AcceptFailures(report),
      gate: this.#gate,
      mode: readiness.exclusive,
    });
    const slots = new SessionSlots(
      order.slotsMemory,
      order.sessionsMax,
      order.epolls.length,
      order.slotsBefore,
    );
    const pollers = order.epolls.map((fd, index) => (index === thread ? own : new Poller(fd)));
    this.#admission = new SessionAdmission({ slots, pollers, tally, refusals });
    this.#sessions = new Sessions({
      protocol: protocolOver(claims),
      timeoutMs: order.timeoutMs,
      onEnd: () => slots.release(thread),
    });
  }

  run(): void {
    this.port.postMessage({ kind: 'ready' } satisfies ThreadMessage);
    this.#gate.waitUntilOpen();
    this.#listener.begin();
    while (!this.#gate.isClosed() && !this.#listener.isFatal) this.#turn();
    this.#end();
  }

  #turn(): void {
    if (this.#sessions.hasPending) this.#sessions.servePending(performance.now());
    if (this.#sessions.areWaiting) this.#sessions.serveWaiting(performance.now());
    this.#watchChanges();
    const ready = this.#own.wait(this.#waitMs());
    const nowMs = performance.now();
    for (let index = 0; index < ready; index++) {
      const fd = this.#own.readyFd(index);
      if (fd === this.order.listenerFd) this.#accept(nowMs);
      else if (fd === this.order.changeEvent) this.#sessions.numbersChanged();
      else this.#sessions.serve(fd, nowMs, this.#own.isHangup(index));
    }
    this.#listener.resumeIfDue(nowMs);
    if (nowMs < this.#nextCheckMs) return;
    this.#sessions.closeIdle(nowMs);
    this.#nextCheckMs = nowMs + idleCheckMs;
  }

  /** While any session waits for numbers. What was announced up to now is told once it begins. */
  #watchChanges(): void {
    const isNeeded = this.#sessions.areWaiting;
    if (isNeeded === this.#isWatching) return;
    const { changeEvent } = this.order;
    const events = readiness.edgeTriggered | readiness.readable;
    const result = isNeeded ? this.#own.add(changeEvent, events) : this.#own.remove(changeEvent);
    // Where the kernel has no room for it, the next turn tries again.
    if (result === 0) this.#isWatching = isNeeded;
  }

  /** For ever, unless a session may become idle or a shortage may be over. */
  #waitMs(): number {
    if (this.#sessions.hasPending) return 0;
    if (this.#sessions.areWaiting || this.#listener.isPaused) {
      const nowMs = performance.now();
      const delayMs = this.#sessions.waitingDelayMs(nowMs);
      if (delayMs !== undefined) return Math.ceil(delayMs);
      const pauseLeftMs = this.#listener.pauseLeftMs(nowMs);
      if (pauseLeftMs !== undefined) return wholeMs(pauseLeftMs);
    }
    return this.#sessions.count > 0 ? idleCheckMs : -1;
  }

  #accept(nowMs: number): void {
    for (let left = acceptsMax; left > 0; left--) {
      const connection = this.#acceptor();
      if (connection === -1) {
        this.#listener.failed(errno(), nowMs);
        return;
      }
      this.#listener.accepted();
      if (connection !== refused) this.#admission.admit(connection);
    }
  }

  #end(): void {
    this.#own.remove(this.order.listenerFd);
    if (this.#isWatching) this.#own.remove(this.order.changeEvent);
    const endMs = performance.now() + stopGraceMs;
    this.#sessions.endAll();
    for (let leftMs = stopGraceMs; this.#sessions.count > 0 && leftMs > 0; ) {
      this.#sessions.servePending(performance.now());
      this.#serveOut(this.#own.wait(this.#sessions.hasPending ? 0 : wholeMs(leftMs)));
      leftMs = endMs - performance.now();
    }
    this.#sessions.closeAll();
  }

  #serveOut(ready: number): void {
    const nowMs = performance.now();
    for (let index = 0; index < ready; index++) {
      const fd = this.#own.readyFd(index);
      // The main thread adds it to wake this one, perhaps after this one has removed it.
      if (fd === this.order.listenerFd) this.#own.remove(fd);
      else this.#sessions.serve(fd, nowMs, this.#own.isHangup(index));
    }
  }
}

function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms));
}
