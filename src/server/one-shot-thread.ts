/**
 * A worker thread of the one-shot port: accept, claim, render, send, close, one connection after the
 * other, in blocking calls. There is no event loop turn in it, no timer and nothing per connection:
 * the kernel's backlog is the queue, and there is nothing for a slow client to hold.
 *
 * Invariants: a number is claimed only after its connection is accepted, so numbers increase in the
 * order of service. A line leaves in one send or not at all: it is at most 21 bytes and the socket's
 * buffer is empty, so it never blocks, nor is it cut. The thread ends only once the gate is closed,
 * or after it said `fatal`.
 */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { accept, close, sendBytes } from '../libc/connections.js';
import { errno, LibcError } from '../libc/libc.js';
import { notReserved, SharedCounter } from '../sequence/counter.js';
import { numberAt } from '../sequence/progression.js';
import { judgeAcceptError, nextPauseMs } from './accept-error.js';
import { Gate } from './gate.js';
import type { OneShotOrder, ThreadMessage } from './thread-messages.js';

/** The twenty digits of 2^64 - 2 and a newline. */
const lineBytesMax = 21;

class OneShotThread {
  readonly #counter: SharedCounter;
  readonly #gate: Gate;
  readonly #line = Buffer.alloc(lineBytesMax);
  #pauseMs = 0;

  constructor(
    readonly order: OneShotOrder,
    readonly port: MessagePort,
  ) {
    this.#counter = new SharedCounter(order.counterMemory);
    this.#gate = new Gate(order.gateMemory);
  }

  run(): void {
    this.#report({ kind: 'ready' });
    this.#gate.waitUntilOpen();
    const { listenerFd } = this.order;
    for (;;) {
      const connection = accept(listenerFd);
      if (connection >= 0) this.#serve(connection);
      else if (!this.#outlives(new LibcError('accept', errno()))) return;
    }
  }

  #serve(connection: number): void {
    this.#pauseMs = 0;
    const index = this.#claim();
    if (index !== notReserved) {
      const number = numberAt(this.order.progression, index);
      const count = this.#line.write(`${number}\n`, 'latin1');
      // A client that is gone, or a short count, has burnt the number: there is nothing to mend.
      sendBytes(connection, this.#line, count);
    }
    close(connection);
  }

  /** The index of the next number; waits while it is not durable. `notReserved` at the stop. */
  #claim(): bigint {
    for (;;) {
      const seen = this.#counter.changes();
      const index = this.#counter.claim(1n);
      if (this.#counter.takeReservationRequest()) this.#report({ kind: 'low' });
      if (index !== notReserved || !this.#counter.isRunning()) return index;
      this.#counter.waitForChange(seen);
    }
  }

  /** Whether to accept again after a failed accept, perhaps after a pause. */
  #outlives(failure: LibcError): boolean {
    if (this.#gate.isClosed()) return false;
    const kind = judgeAcceptError(failure.code);
    if (kind === 'fatal') this.#report({ kind, errno: failure.errno });
    if (kind === 'shortage') this.#waitOut(failure.errno);
    return kind !== 'fatal' && !this.#gate.isClosed();
  }

  #waitOut(shortage: number): void {
    if (this.#pauseMs === 0) this.#report({ kind: 'shortage', errno: shortage });
    this.#pauseMs = nextPauseMs(this.#pauseMs);
    this.#gate.pause(this.#pauseMs);
  }

  #report(message: ThreadMessage): void {
    this.port.postMessage(message);
  }
}

if (parentPort === null) throw new Error('one-shot-thread.js is a worker thread');
new OneShotThread(workerData as OneShotOrder, parentPort).run();
