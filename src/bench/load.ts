/**
 * A run of load against one port: asks, waits for news, takes replies, until its time is over; then
 * gives the requests in flight a while to be answered.
 */

import { closeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure, type TxnidError } from '../errors.js';
import { newEpoll, Poller } from '../libc/epoll.js';
import { LibcError } from '../libc/libc.js';
import type { Address, Connections } from './connections.js';
import type { Measured } from './conversation.js';
import { Latencies } from './latencies.js';
import { type CheckOptions, NumberCheck } from './number-check.js';
import { OneShotConnections } from './one-shot-connections.js';
import { Pace } from './pace.js';
import { SessionConnections } from './session-connections.js';

/** How often the event loop has its turn, in which signals come. */
const turnMs = 20;

/** How long requests in flight at the end have to be answered. */
const graceMs = 2000;

export interface LoadOptions extends Address, CheckOptions {
  readonly connections: number;
  /** Requests in flight on each connection to the session port; undefined for the one-shot port. */
  readonly depth: number | undefined;
  readonly seconds: number;
  /** Of that name, on the session port; undefined: the instance's own. */
  readonly sequence: string | undefined;
  /** Requests a second; undefined for as many as are answered. */
  readonly perSecond: number | undefined;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

export interface LoadResult extends Measured {
  readonly tookMs: number;
  /** Requests that were due and never sent, since those before them were not answered. */
  readonly unsent: number;
}

/** Throws an `unavailable` error when the system has no more sockets. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { depth } = options;
  const check = new NumberCheck(options);
  const measured: Measured = {
    check,
    latencies: new Latencies(),
    numbers: 0,
    failed: 0,
    reason: undefined,
  };
  const poller = new Poller(newEpoll());
  const own = { ...options, poller, measured };
  let connections: Connections | undefined;
  try {
    connections =
      depth === undefined ? new OneShotConnections(own) : new SessionConnections({ ...own, depth });
    return await new Load(options, poller, measured, connections).run();
  } catch (error) {
    throw error instanceof LibcError ? tooFewSockets(error) : error;
  } finally {
    connections?.closeAll();
    closeSync(poller.fd);
  }
}

class Load {
  readonly #startMs = performance.now();
  readonly #pace: Pace;

  constructor(
    readonly options: LoadOptions,
    readonly poller: Poller,
    readonly measured: Measured,
    readonly connections: Connections,
  ) {
    this.#pace = new Pace(options.perSecond, this.#startMs);
  }

  async run(): Promise<LoadResult> {
    const { measured, connections } = this;
    const endMs = this.#startMs + this.options.seconds * 1000;
    await this.#turnUntil(endMs, () => this.#isOver || this.options.signal.aborted, true);
    const unsent = this.#pace.behind;
    const graceEndMs = performance.now() + graceMs;
    await this.#turnUntil(graceEndMs, () => this.#isOver || connections.inFlight === 0, false);
    measured.failed += connections.inFlight;
    if (connections.inFlight > 0) measured.reason ??= `no answer came within ${graceMs} ms`;
    return { ...measured, tookMs: performance.now() - this.#startMs, unsent };
  }

  get #isOver(): boolean {
    return this.measured.check.violation !== undefined || this.connections.areGone;
  }

  async #turnUntil(endMs: number, isOver: () => boolean, asks: boolean): Promise<void> {
    for (let nowMs = performance.now(); nowMs < endMs && !isOver(); ) {
      const untilMs = Math.min(endMs, nowMs + turnMs);
      for (; nowMs < untilMs && !isOver(); nowMs = performance.now()) this.#turn(nowMs, asks);
      await nextTurn();
    }
  }

  #turn(nowMs: number, asks: boolean): void {
    const { poller, connections, measured } = this;
    const ready = poller.wait(asks && this.#ask(nowMs) ? this.#waitMs : turnMs);
    for (let index = 0; index < ready; index++) connections.serve(poller.readyFd(index));
    measured.check.tidy(() => connections.lowestFloor());
  }

  /** Asks for what is due; whether all of it could be sent: else there is news to wait for first. */
  #ask(nowMs: number): boolean {
    const due = this.#pace.due(nowMs);
    const sent = this.connections.ask(due);
    this.#pace.sent(sent);
    return sent === due.count;
  }

  get #waitMs(): number {
    return this.#pace.waitMs(performance.now(), turnMs);
  }
}

function tooFewSockets(cause: LibcError): TxnidError {
  const what = `Cannot open that many connections: ${cause.meaning} (${cause.code})`;
  const remedy = 'raise the limit of open files (ulimit -n), or give fewer -connections';
  return failure('unavailable', what, remedy, { cause });
}
