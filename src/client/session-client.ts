/**
 * Requests over one connection at a time. Those that were not written yet wait for the next connection
 * when one is lost; it is opened when there is something to ask.
 *
 * Invariant: a request is either in `#waiting`, or was written to exactly one session.
 */

import { createConnection } from 'node:net';
import { performance } from 'node:perf_hooks';
import { defaultName, isSequenceName, nameRule } from '../sequence/name.js';
import { type NumberRange, rangeCountMax } from '../sequence/range.js';
import { ClientError } from './client-error.js';
import { reconnectDelayMsMax, reconnectDelayMsMin } from './limits.js';
import { PendingRequest } from './pending-request.js';
import {
  numberQuestion,
  numberQuestionOf,
  pingQuestion,
  type Question,
  rangeQuestion,
} from './question.js';
import type { Reply } from './reply-reader.js';
import { type Address, nameOf, Session, type SessionEnd } from './session.js';

export interface SessionClientOptions extends Address {
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly pendingMax: number;
}

/** For one request. */
export interface RequestOptions {
  /** Rejects the request. Once that is written its numbers are lost; the connection goes on. */
  readonly signal?: AbortSignal;
}

/** Asks one sequence. Every method rejects with ClientError. */
export interface SequenceClient {
  /** The next number. */
  next(options?: RequestOptions): Promise<bigint>;
  /** The next `count` numbers, 1 to 1,000,000, as one contiguous range. */
  take(count: number, options?: RequestOptions): Promise<NumberRange>;
}

export class SessionClient {
  readonly #options: SessionClientOptions;
  /** A set keeps the order, and any request can leave it at once. */
  readonly #waiting = new Set<PendingRequest>();
  readonly #aborts = new AbortWatch((request, reason) => this.#abort(request, reason));
  #session: Session | undefined;
  /** How the last connection ended, as long as there is no other. */
  #lastEnd: SessionEnd | undefined;
  /** Connections in a row that were of no use. */
  #failures = 0;
  #connectNotBeforeMs = 0;
  #reconnectTimer: NodeJS.Timeout | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #isFlushDue = false;
  #isClosed = false;

  constructor(options: SessionClientOptions) {
    this.#options = options;
  }

  /** Opens the first connection. Rejects if that fails: who starts wants to know. */
  async begin(signal: AbortSignal | undefined): Promise<void> {
    const session = this.#connect();
    const abort = (): void => session.end('aborted', 'Connecting was aborted', signal?.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort);
    try {
      await session.ready;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  next(options?: RequestOptions): Promise<bigint> {
    return this.#ask(numberQuestion, options);
  }

  async take(count: number, options?: RequestOptions): Promise<NumberRange> {
    return await this.#takeOf(undefined, count, options);
  }

  sequence(name: string): SequenceClient {
    if (name === defaultName) return this;
    if (!isSequenceName(name)) {
      const what = `Cannot ask the sequence ${JSON.stringify(String(name))}`;
      throw new ClientError('argument', `${what}: its name must be ${nameRule}`, false);
    }
    const question = numberQuestionOf(name);
    return {
      next: (options) => this.#ask(question, options),
      take: (count, options) => this.#takeOf(name, count, options),
    };
  }

  async #takeOf(
    sequence: string | undefined,
    count: number,
    options?: RequestOptions,
  ): Promise<NumberRange> {
    if (!Number.isInteger(count) || count < 1 || count > rangeCountMax) {
      const allowed = `it must be a whole number from 1 to ${rangeCountMax}`;
      throw new ClientError('argument', `Cannot take ${count} numbers: ${allowed}`, false);
    }
    return await this.#ask(rangeQuestion(count, sequence), options);
  }

  async ping(options?: RequestOptions): Promise<void> {
    await this.#ask(pingQuestion, options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#write();
    for (const request of this.#waiting) request.fail('closed', 'The client was closed');
    this.#waiting.clear();
    clearTimeout(this.#reconnectTimer);
    const session = this.#session;
    session?.finish();
    await session?.ended;
    clearTimeout(this.#deadlineTimer);
  }

  #ask<Answer extends Reply>(
    question: Question<Answer>,
    { signal }: RequestOptions = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const deadlineMs = performance.now() + this.#options.requestTimeoutMs;
      const request = new PendingRequest<Answer>(question, deadlineMs, { resolve, reject });
      if (this.#refuses(request, signal)) return;
      this.#waiting.add(request);
      if (signal !== undefined) this.#aborts.watch(request, signal);
      this.#watch();
      this.#flushSoon();
    });
  }

  #refuses(request: PendingRequest, signal: AbortSignal | undefined): boolean {
    const { pendingMax } = this.#options;
    if (this.#isClosed) request.fail('closed', 'The client is closed');
    else if (signal?.aborted === true) request.fail('aborted', 'Aborted', signal.reason);
    else if (this.#pending < pendingMax) return false;
    else request.fail('queue-full', `There are ${pendingMax} requests already: ask later`);
    return true;
  }

  get #pending(): number {
    return this.#waiting.size + (this.#session?.inFlight ?? 0);
  }

  #abort(request: PendingRequest, reason: unknown): void {
    this.#waiting.delete(request);
    request.fail('aborted', 'The request was aborted', reason);
  }

  /** After all that is running now: whatever else it asks goes out in the same piece. */
  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(() => {
      this.#isFlushDue = false;
      if (this.#session === undefined) this.#connectSoon();
      else this.#write();
    });
  }

  #write(): void {
    if (this.#waiting.size === 0 || this.#session?.isWritable !== true) return;
    this.#session.write(this.#waiting);
    this.#waiting.clear();
  }

  #connectSoon(): void {
    if (this.#waiting.size === 0 || this.#reconnectTimer !== undefined) return;
    const pauseMs = Math.max(0, this.#connectNotBeforeMs - performance.now());
    this.#reconnectTimer = setTimeout(() => {
      this.#reconnectTimer = undefined;
      if (this.#waiting.size > 0) this.#connect();
    }, pauseMs);
  }

  #connect(): Session {
    const { host, port } = this.#options;
    const session = new Session({
      ...this.#options,
      stream: createConnection({ host, port, noDelay: true, keepAlive: true }),
      onWritable: () => {
        this.#lastEnd = undefined;
        this.#flushSoon();
      },
      onEnd: (end) => this.#leave(end),
    });
    this.#session = session;
    return session;
  }

  #leave(end: SessionEnd): void {
    this.#session = undefined;
    this.#lastEnd = end;
    if (end.hasServed) this.#failures = 0;
    if (end.isFailure) this.#failures++;
    const pauseMs = reconnectDelayMs(this.#failures, Math.random());
    this.#connectNotBeforeMs = performance.now() + pauseMs;
    if (!this.#isClosed) this.#connectSoon();
  }

  /** One timer for the oldest request of all: all have the same time, so it is due first. */
  #watch(): void {
    if (this.#deadlineTimer !== undefined) return;
    const [oldest] = this.#waiting;
    const deadlineMs = Math.min(
      this.#session?.deadlineMs ?? Number.POSITIVE_INFINITY,
      oldest?.deadlineMs ?? Number.POSITIVE_INFINITY,
    );
    if (!Number.isFinite(deadlineMs)) return;
    const leftMs = Math.max(1, deadlineMs - performance.now());
    this.#deadlineTimer = setTimeout(() => this.#expire(), leftMs).unref();
  }

  #expire(): void {
    const nowMs = performance.now();
    const message = `No reply from ${nameOf(this.#options)} in ${this.#options.requestTimeoutMs} ms`;
    const why = this.#lastEnd === undefined ? '' : `: ${this.#lastEnd.message}`;
    for (const request of this.#waiting) {
      if (request.deadlineMs > nowMs) break;
      this.#waiting.delete(request);
      request.fail('timeout', `${message}${why}`, this.#lastEnd?.cause);
    }
    // Replies come in order: where one does not come none will. A dead peer shows in no other way.
    if ((this.#session?.deadlineMs ?? nowMs + 1) <= nowMs) this.#session?.end('timeout', message);
    this.#deadlineTimer = undefined;
    this.#watch();
  }
}

/**
 * Which requests a signal ends. Requests that share a signal share one listener on it: Node warns of
 * more than ten, and each one costs as much as there are already.
 */
class AbortWatch {
  readonly #requests = new Map<AbortSignal, Set<PendingRequest>>();

  /** `onAbort` is told each request that is aborted. */
  constructor(private readonly onAbort: (request: PendingRequest, reason: unknown) => void) {}

  /** Until the request is settled. */
  watch(request: PendingRequest, signal: AbortSignal): void {
    const watched = this.#requests.get(signal) ?? this.#listen(signal);
    watched.add(request);
    request.onSettled = () => {
      watched.delete(request);
      if (watched.size === 0) this.#unlisten(signal);
    };
  }

  #listen(signal: AbortSignal): Set<PendingRequest> {
    const watched = new Set<PendingRequest>();
    this.#requests.set(signal, watched);
    signal.addEventListener('abort', this.#abort);
    return watched;
  }

  #unlisten(signal: AbortSignal): void {
    this.#requests.delete(signal);
    signal.removeEventListener('abort', this.#abort);
  }

  readonly #abort = ({ target }: Event): void => {
    const signal = target as AbortSignal;
    for (const request of this.#requests.get(signal) ?? []) this.onAbort(request, signal.reason);
  };
}

/**
 * How long to wait before connecting again, in milliseconds: nothing as long as nothing failed, then
 * twice as long each time. The upper half is chance (`random`, 0 to 1), so that clients which lost
 * the same server do not come back all at once. Pure.
 */
export function reconnectDelayMs(failures: number, random: number): number {
  if (failures === 0) return 0;
  const doubled = reconnectDelayMsMin * 2 ** (failures - 1);
  return (Math.min(reconnectDelayMsMax, doubled) * (1 + random)) / 2;
}
