/**
 * The requests of the session port, read from bytes as they arrive (config/protocol.md). Pure, and
 * without allocation: a thread decodes every chunk of every session into one list.
 *
 * Any split of a stream gives the same requests: all that a chunk leaves over is the count whose STX
 * has not come yet. What no further byte could make a request is a violation at once.
 */

import { smallClaimMax } from '../../sequence/counter.js';

/** Asks for the next number; behind a count, for a range. */
const startOfText = 0x02;
/** Ends every reply that holds a number. */
export const endOfText = 0x03;
/** Is answered by itself. */
export const bell = 0x07;

/** Most bytes of a session that are read at once: it bounds the reply, and so what a slow client holds. */
export const chunkBytesMax = 8192;

const zero = 0x30;
const violation = -1;

/** What an entry of the list asks for: a bell, above it a range of so many, below it so many numbers. */
const bellRequest = 0;

export class RequestList {
  /** Entries: 0 takes no number (a bell), n > 0 a range of n numbers, n < 0 a run of -n requests for one number. */
  readonly entries: Int32Array;
  length = 0;
  /** Place of the first one that is not answered yet. */
  next = 0;
  /** All numbers that are asked for and not answered yet. */
  numbers = 0;
  /** The count at the end of the bytes whose STX is still to come; 0 is none. */
  unfinishedCount = 0;
  /** Whether something else came after these requests: the session is to be closed. */
  isViolated = false;

  constructor(entries = new Int32Array(chunkBytesMax)) {
    this.entries = entries;
  }

  get isAnswered(): boolean {
    return this.next === this.length;
  }

  /** What the next request by itself asks for, one number of a run. */
  get nextNumbers(): number {
    const entry = this.entries[this.next] ?? 0;
    return entry < 0 ? 1 : entry;
  }

  /** The next entry, which counts as answered then. */
  takeNext(): number {
    const entry = this.entries[this.next++] ?? 0;
    this.numbers -= Math.abs(entry);
    return entry;
  }

  /** The next request by itself, as an entry. */
  takeNextOne(): number {
    const entry = this.entries[this.next] ?? 0;
    if (entry >= -1) return this.takeNext();
    this.entries[this.next] = entry + 1;
    this.numbers--;
    return -1;
  }

  /** What is left, in a list that takes no more room than that. */
  rest(): RequestList {
    return this.restInto(new RequestList(this.entries.slice(this.next, this.length)));
  }

  protected restInto<List extends RequestList>(rest: List): List {
    rest.length = this.length - this.next;
    rest.numbers = this.numbers;
    rest.isViolated = this.isViolated;
    return rest;
  }

  clear(): void {
    this.length = 0;
    this.next = 0;
    this.numbers = 0;
    this.unfinishedCount = 0;
    this.isViolated = false;
  }

  addBell(): void {
    this.entries[this.length++] = bellRequest;
  }

  addRange(count: number): void {
    this.entries[this.length++] = count;
    this.numbers += count;
  }

  addRun(count: number): void {
    this.entries[this.length++] = -count;
    this.numbers += count;
  }
}

/** Whether these take more than a small claim, and so have to leave the reserve to others. */
export function areLarge({ numbers }: RequestList): boolean {
  return numbers > smallClaimMax;
}

/**
 * Reads the first `end` bytes (at most `chunkBytesMax`) of a chunk into `requests`, which holds nothing
 * else then. `unfinishedCount` is what the session's last chunk has left; `countMax` the largest count
 * of a range.
 */
export function decodeRequests(
  bytes: Uint8Array,
  end: number,
  unfinishedCount: number,
  countMax: number,
  requests: RequestList,
): void {
  requests.clear();
  let count = unfinishedCount;
  for (let offset = 0; offset < end; ) {
    const byte = bytes[offset] ?? 0;
    if (byte === startOfText && count === 0) {
      const runEnd = endOfRun(bytes, offset, end);
      requests.addRun(runEnd - offset);
      offset = runEnd;
      continue;
    }
    if (byte === startOfText) {
      requests.addRange(count);
      count = 0;
    } else if (byte === bell && count === 0) {
      requests.addBell();
    } else {
      count = countWith(count, byte, countMax);
    }
    if (count === violation) {
      requests.isViolated = true;
      return;
    }
    offset++;
  }
  requests.unfinishedCount = count;
}

/** The offset of the first byte from `offset` on that is no STX, at most `end`. */
function endOfRun(bytes: Uint8Array, offset: number, end: number): number {
  let runEnd = offset + 1;
  while (runEnd < end && bytes[runEnd] === startOfText) runEnd++;
  return runEnd;
}

/** A count with one more digit, or `violation`. A leading zero leaves 0, which no count is. */
function countWith(count: number, byte: number, countMax: number): number {
  const digit = byte - zero;
  if (digit < 0 || digit > 9) return violation;
  const longer = count * 10 + digit;
  return longer === 0 || longer > countMax ? violation : longer;
}
