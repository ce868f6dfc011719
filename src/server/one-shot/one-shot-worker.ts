/**
 * A worker thread of the one-shot port: accept, claim, render, send, close, one connection after the
 * other, in blocking calls. There is no event loop turn in it, no timer and nothing per connection:
 * the kernel's backlog is the queue, and there is nothing for a slow client to hold. How many of the
 * port's threads do so is the crew's business.
 *
 * Invariants: a number is claimed only after its connection is accepted, so numbers increase in the
 * order of service. A line leaves in one segment or not at all: it is at most 21 bytes and the socket's
 * buffer is empty, so it is never cut. The thread ends only once the gate is closed,
 * or after it said `fatal`.
 */

import type { MessagePort } from 'node:worker_threads';
import { close, sendLast } from '../../libc/connections.js';
import { errno } from '../../libc/libc.js';
import { ForeignMemory } from '../../libc/memory.js';
import { SharedCounter } from '../../sequence/counter.js';
import { AcceptFailures } from '../accepting/accept-failures.js';
import { type Acceptor, acceptorOf, refused } from '../accepting/acceptor.js';
import { Refusals } from '../refusals/refusals.js';
import { Claims } from '../shared/claims.js';
import { Gate } from '../shared/gate.js';
import { Tally } from '../shared/tally.js';
import type { OneShotOrder, ThreadMessage } from '../shared/thread-messages.js';
import { carryOut } from '../threads/spawn.js';
import { Crew } from './crew.js';

/** The twenty digits of 2^64 - 2 and a newline. */
const lineBytesMax = 21;
const newline = 0x0a;

class OneShotThread {
  readonly #claims: Claims;
  readonly #gate: Gate;
  readonly #acceptor: Acceptor;
  readonly #failures: AcceptFailures;
  readonly #refusals: Refusals;
  readonly #crew: Crew;
  readonly #line = new ForeignMemory(lineBytesMax);

  constructor(
    order: OneShotOrder,
    readonly port: MessagePort,
  ) {
    const report = (message: ThreadMessage): void => port.postMessage(message);
    const counter = new SharedCounter(order.counterMemory);
    const tally = new Tally(order.tallyMemory).ofThread(order.thread);
    const refusals = new Refusals(tally, report);
    this.#claims = new Claims(counter, order.progression, report, tally);
    this.#refusals = refusals;
    this.#gate = new Gate(order.gateMemory);
    this.#acceptor = acceptorOf(order.listenerFd, order.allow, 'blocking', (peer) =>
      refusals.note('not_allowed', peer),
    );
    this.#failures = new AcceptFailures(report);
    this.#crew = new Crew(order.crewMemory, order.thread, order.threads, this.#gate);
  }

  run(): void {
    this.port.postMessage({ kind: 'ready' } satisfies ThreadMessage);
    this.#gate.waitUntilOpen();
    this.#crew.parkUnlessWanted();
    for (;;) {
      const connection = this.#acceptor();
      if (connection >= 0) {
        this.#serve(connection);
        this.#crew.served();
      } else if (connection !== refused && !this.#outlives(errno())) return;
    }
  }

  #serve(connection: number): void {
    this.#failures.end();
    const isClaimed = this.#claims.claim(1);
    if (isClaimed) {
      const end = this.#claims.odometer.write(this.#line.bytes, 0);
      this.#line.bytes[end] = newline;
      // A client that is gone, or a kernel without room, has burnt the number: there is nothing to mend.
      sendLast(connection, this.#line, end + 1);
    }
    close(connection);
    if (!isClaimed) this.#refusals.note(this.#claims.whyNone());
  }

  /** Whether to accept again after a failed accept, perhaps after a pause. */
  #outlives(error: number): boolean {
    if (this.#gate.isClosed()) return false;
    const pauseMs = this.#failures.pauseMsAfter(error);
    if (pauseMs === undefined) return false;
    if (pauseMs > 0) this.#gate.pause(pauseMs);
    return !this.#gate.isClosed();
  }
}

carryOut<OneShotOrder>((order, port) => new OneShotThread(order, port).run());
