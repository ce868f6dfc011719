/**
 * Requests that were sent on one session and what has come back: every reply is held against the
 * request that it must answer. Pure.
 */

import type { Receipt } from './recording.js';

export type Request =
  | { readonly kind: 'number' }
  | { readonly kind: 'range'; readonly count: number }
  | { readonly kind: 'bell' };

interface Pending {
  readonly request: Request;
  readonly askedAfter: number;
}

const wholeNumber = /^(?:0|[1-9]\d{0,19})$/;
const wholeRange = /^(0|[1-9]\d{0,19})\+([1-9]\d*)\*([1-9]\d*)$/;

export class SessionExchange {
  readonly #pending: Pending[] = [];
  #rest = '';

  /** `increment`: of the cluster, what numbers without a range stand for. */
  constructor(
    readonly client: number,
    readonly increment: bigint,
    /** Of the sequence that is asked by its name. */
    readonly name?: string,
  ) {}

  /** Whether everything that was asked for has come. */
  get isSettled(): boolean {
    return this.#pending.length === 0 && this.#rest === '';
  }

  /** Whether what has come ends in a part of a reply. */
  get isCut(): boolean {
    return this.#rest !== '';
  }

  /** The bytes to send for requests that are made after so many receipts. */
  ask(requests: readonly Request[], askedAfter: number): string {
    for (const request of requests) this.#pending.push({ request, askedAfter });
    return requests.map((request) => bytesOf(request, this.name)).join('');
  }

  /** The receipts of bytes that came. Throws on anything that is no reply to what was asked. */
  receive(text: string): Receipt[] {
    this.#rest += text;
    const receipts: Receipt[] = [];
    for (let reply = this.#nextReply(); reply !== undefined; reply = this.#nextReply()) {
      const pending = this.#pending.shift();
      if (pending === undefined) throw new Error(`a reply to nothing: ${JSON.stringify(reply)}`);
      const receipt = this.#receiptOf(reply, pending);
      if (receipt !== undefined) receipts.push(receipt);
    }
    return receipts;
  }

  /** A whole reply with the byte that ends it. */
  #nextReply(): string | undefined {
    const ends = ['\x03', '\x07'].map((end) => this.#rest.indexOf(end)).filter((end) => end >= 0);
    if (ends.length === 0) return undefined;
    const length = Math.min(...ends) + 1;
    const reply = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return reply;
  }

  #receiptOf(reply: string, { request, askedAfter }: Pending): Receipt | undefined {
    if (request.kind === 'bell' && reply === '\x07') return undefined;
    const { client, increment } = this;
    const body = reply.endsWith('\x03') ? reply.slice(0, -1) : '';
    if (request.kind === 'number' && wholeNumber.test(body)) {
      return { client, askedAfter, first: BigInt(body), increment, count: 1n };
    }
    const [, first = '', step = '', count = ''] = wholeRange.exec(body) ?? [];
    if (request.kind === 'range' && count === String(request.count)) {
      const range = { first: BigInt(first), increment: BigInt(step), count: BigInt(count) };
      return { client, askedAfter, ...range };
    }
    throw new Error(`${JSON.stringify(reply)} is no reply to ${JSON.stringify(request)}`);
  }
}

function bytesOf(request: Request, name: string | undefined): string {
  if (request.kind === 'bell') return '\x07';
  const soh = name === undefined ? '' : `\x01${name}`;
  const space = name === undefined ? '' : ' ';
  return request.kind === 'number' ? `${soh}\x02` : `${soh}${space}${request.count}\x02`;
}
