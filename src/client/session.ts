/**
 * One connection to a session server. It serves once the server has answered a ping: a server that
 * turns clients away (too many sessions, a peer that is not allowed) does so before any request is
 * written to it, so none is lost by that.
 *
 * Invariant: a request that was written is answered by its own reply, in order, or fails when the
 * connection ends. It never goes to another connection.
 */

import type { Duplex } from 'node:stream';
import { type ClientErrorCode, reasonOf } from './client-error.js';
import { PendingRequest } from './pending-request.js';
import { pingQuestion } from './question.js';
import { malformed, type Reply, ReplyReader } from './reply-reader.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a connection ended. */
export interface SessionEnd {
  readonly code: ClientErrorCode;
  readonly message: string;
  readonly cause?: unknown;
  /** Whether any request was answered. */
  readonly hasServed: boolean;
  /** Whether it was of no use, or requests were lost with it. */
  readonly isFailure: boolean;
}

interface SessionOptions extends Address {
  /** The connection; it need not be there yet. */
  readonly stream: Duplex;
  readonly connectTimeoutMs: number;
  /** Requests can be written, for the first time or again. */
  readonly onWritable: () => void;
  /** Called once. */
  readonly onEnd: (end: SessionEnd) => void;
}

export class Session {
  /** Settles when the server has answered, or the connection ended before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #options: SessionOptions;
  readonly #openTimer: NodeJS.Timeout;
  readonly #reader = new ReplyReader();
  readonly #inFlight = new InFlight();
  #isReady = false;
  #isBlocked = false;
  #isEnded = false;
  #isFinishing = false;
  #hasServed = false;
  #tellEnded = (): void => {};

  constructor(options: SessionOptions) {
    const { stream, connectTimeoutMs } = options;
    this.#options = options;
    stream
      .on('data', (bytes) => this.#receive(bytes))
      .on('drain', () => this.#unblock())
      .on('error', (error) => this.#lose(reasonOf(error), error))
      .on('end', () => this.#lose('the server closed it'))
      .on('close', () => this.#lose('it was closed'));
    this.#openTimer = setTimeout(() => {
      this.#lose(`no answer within ${connectTimeoutMs} ms`);
    }, connectTimeoutMs);
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    this.ready = this.#greet();
    this.ready.catch(() => {}); // Who waits for it is told; on a reconnect nobody does.
  }

  /** Whether requests may be written now. */
  get isWritable(): boolean {
    return this.#isReady && !this.#isBlocked && !this.#isFinishing && !this.#isEnded;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** When the oldest request in flight must have been answered; undefined if none is. */
  get deadlineMs(): number | undefined {
    return this.#inFlight.oldest?.deadlineMs;
  }

  /** Writes requests in one piece. */
  write(requests: Iterable<PendingRequest>): void {
    let bytes = '';
    for (const request of requests) {
      request.isWritten = true;
      this.#inFlight.add(request);
      bytes += request.question.bytes;
    }
    // What does not fit is not asked for yet, and so can still go to another connection.
    this.#isBlocked = !this.#options.stream.write(bytes, 'latin1');
  }

  /** Ends once all requests in flight are answered. */
  finish(): void {
    this.#isFinishing = true;
    if (!this.#isReady || this.#inFlight.size === 0) this.end('closed', 'The client was closed');
  }

  /** Ends at once; all requests in flight fail. */
  end(code: ClientErrorCode, message: string, cause?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#openTimer);
    this.#options.stream.destroy();
    const lost = this.#inFlight.takeAll();
    for (const request of lost) request.fail(code, message, cause);
    const hasServed = this.#hasServed;
    const isFailure = !hasServed || lost.length > 0;
    this.#options.onEnd({ code, message, cause, hasServed, isFailure });
    this.#tellEnded();
  }

  #greet(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settler = { resolve: () => resolve(this.#begin()), reject };
      // The time-out of a connection has a timer of its own.
      this.write([new PendingRequest(pingQuestion, Number.POSITIVE_INFINITY, settler)]);
      this.#isBlocked = false;
    });
  }

  #begin(): void {
    this.#isReady = true;
    clearTimeout(this.#openTimer);
    this.#options.onWritable();
  }

  #unblock(): void {
    this.#isBlocked = false;
    if (this.isWritable) this.#options.onWritable();
  }

  #receive(bytes: Buffer): void {
    this.#reader.push(bytes);
    while (!this.#isEnded) {
      const reply = this.#reader.next(this.#inFlight.oldest?.question.sequence);
      if (reply === undefined) return;
      if (reply === malformed) this.#violate(`sent ${this.#reader.rest}, which is no reply`);
      else this.#take(reply);
    }
  }

  #take(reply: Reply): void {
    const request = this.#inFlight.oldest;
    const wasReady = this.#isReady;
    if (request?.answer(reply) !== true) {
      this.#violate('sent another reply than was asked for');
      return;
    }
    this.#hasServed ||= wasReady;
    this.#inFlight.dropOldest();
    if (this.#isFinishing) this.finish();
  }

  #violate(what: string): void {
    this.end('protocol', `${this.#name} is no session port of txnid: it ${what}`);
  }

  #lose(reason: string, cause?: unknown): void {
    const [code, what] = this.#isReady
      ? (['connection-lost', `The connection to ${this.#name} was lost`] as const)
      : (['connect', `Cannot connect to ${this.#name}`] as const);
    this.end(code, `${what}: ${reason}`, cause);
  }

  get #name(): string {
    return nameOf(this.#options);
  }
}

export function nameOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Answered requests are kept up to this many, or as many as are left, and then dropped at once. */
const answeredMax = 1024;

/** The requests of a connection whose reply is due, the oldest first. */
class InFlight {
  #requests: PendingRequest[] = [];
  /** How many at the start of the list are answered: shifting it each time would cost its length. */
  #answered = 0;

  get size(): number {
    return this.#requests.length - this.#answered;
  }

  get oldest(): PendingRequest | undefined {
    return this.#requests[this.#answered];
  }

  add(request: PendingRequest): void {
    this.#requests.push(request);
  }

  dropOldest(): void {
    this.#answered++;
    if (this.#answered <= answeredMax || this.#answered < this.size) return;
    this.#requests = this.#requests.slice(this.#answered);
    this.#answered = 0;
  }

  takeAll(): PendingRequest[] {
    const taken = this.#requests.slice(this.#answered);
    this.#requests = [];
    this.#answered = 0;
    return taken;
  }
}
