/**
 * The bytes of a session server as replies. Strict: what can no longer become a reply is refused at
 * once, not when its end comes, so a wrong server is never waited for and never buffered.
 *
 * Invariant: the numbers of one sequence on one connection only increase (ARCHITECTURE.md, "The promise", 2). A number that does
 * not is refused as well, so no fault of a server makes a client return a number twice.
 *
 * Pure.
 */

import { numberMax } from '../sequence/progression.js';
import { NumberRange, rangeCountMax } from '../sequence/range.js';
import { quoted } from './client-error.js';

const etx = '\x03';
const bel = '\x07';
const nak = '\x15';
const incrementMax = 32767n;

/** The answer to a ping. */
export const pong = Symbol('pong');

/** The answer to a request for numbers of a sequence that is not served. */
export const unserved = Symbol('unserved');

/** What is none. The reader must not be asked again. */
export const malformed = Symbol('malformed');

/** A number, a range of them, the answer to a ping, or that there is no such sequence. */
export type Reply = bigint | NumberRange | typeof pong | typeof unserved;

const whole = /^(0|[1-9]\d{0,19})(?:\+([1-9]\d{0,4})\*([1-9]\d{0,6}))?$/;
/** The beginnings of `whole`. */
const begun = /^(?:(?:0|[1-9]\d{0,19})(?:\+(?:[1-9]\d{0,4}(?:\*(?:[1-9]\d{0,6})?)?)?)?)?$/;

export class ReplyReader {
  #text = '';
  /** Where the next reply begins in the text. */
  #position = 0;
  /** The highest number of each sequence so far. */
  readonly #highest = new Map<string | undefined, bigint>();

  /** Takes bytes, split anywhere. */
  push(bytes: Buffer): void {
    this.#text = this.#text.slice(this.#position) + bytes.toString('latin1');
    this.#position = 0;
  }

  /** The next reply, to who has asked `sequence`; undefined when its bytes have not all come. */
  next(sequence?: string): Reply | typeof malformed | undefined {
    if (this.#text[this.#position] === bel) {
      this.#position++;
      return pong;
    }
    if (this.#text[this.#position] === nak) {
      this.#position++;
      return unserved;
    }
    const end = this.#text.indexOf(etx, this.#position);
    if (end < 0) return begun.test(this.#text.slice(this.#position)) ? undefined : malformed;
    const reply = parse(this.#text.slice(this.#position, end));
    if (reply === undefined || !this.#increases(reply, sequence)) return malformed;
    this.#position = end + 1;
    return reply;
  }

  /** What has been read up to no reply, to show it. */
  get rest(): string {
    return quoted(this.#text.slice(this.#position));
  }

  #increases(reply: bigint | NumberRange, sequence: string | undefined): boolean {
    const isNumber = typeof reply === 'bigint';
    const first = isNumber ? reply : reply.first;
    const last = isNumber ? reply : reply.last;
    const highest = this.#highest.get(sequence) ?? -1n;
    if (first <= highest || last > numberMax) return false;
    this.#highest.set(sequence, last);
    return true;
  }
}

function parse(text: string): bigint | NumberRange | undefined {
  const [, first, increment, count] = whole.exec(text) ?? [];
  if (first === undefined) return undefined;
  if (increment === undefined) return BigInt(first);
  const range = new NumberRange(BigInt(first), BigInt(increment), Number(count));
  return range.increment <= incrementMax && range.count <= rangeCountMax ? range : undefined;
}
