/**
 * The counter that all threads of one sequence claim numbers from, over shared memory.
 *
 * Invariants: `cursor` (index of the next number) never goes beyond `limit` (first index that is not
 * durably reserved), because a claim is a compare-and-exchange that only succeeds below it. So a stop
 * saves the exact cursor, and nothing that is not durable is ever handed out. Only the thread that
 * owns the progress file raises `limit`.
 *
 * Each thread has an object of its own over that memory, which remembers what it has seen: while nobody else
 * claims, a small claim is one exchange and nothing else. What is remembered can only be too low: `limit` never
 * falls, and a cursor that has moved makes the exchange fail.
 *
 * Large claims leave the last part of what is reserved to small ones, so that who asks for one number
 * does not wait for the disk because others ask for a million each: they never go beyond `rangeLimit`.
 *
 * The counters of all sequences of a service lie side by side in one memory, each in a cache line of its own.
 */

import { larger, smaller } from './order.js';

const cursorWord = 0;
const limitWord = 1;
const lowWord = 2;
const rangeLimitWord = 3;
const indexWords = 4;
const int32Offset = indexWords * BigUint64Array.BYTES_PER_ELEMENT;
const stateWord = 0;
const changesWord = 1;
const requestedWord = 2;
/** A cache line, on both architectures. */
const counterBytes = 64;
const wordsPerCounter = counterBytes / BigUint64Array.BYTES_PER_ELEMENT;

/** What `claim` returns when the claim does not fit into what is durably reserved. */
export const notReserved = -1n;

/** The same of `claimAhead`. */
export const noneAhead = -1;

/** Claims of up to so many numbers are small: no chunk of requests for single numbers is larger. */
export const smallClaimMax = 8192;
const smallMax = BigInt(smallClaimMax);

const running = 0;
const stopping = 1;

export class SharedCounter {
  readonly #indexes: BigUint64Array;
  readonly #signals: Int32Array;
  readonly #listeners: Set<() => void>;
  /** The cursor when it was last seen. */
  #seen = 0n;
  /** How many numbers there were from it to the limit, and to the low mark, as far as is known. */
  #room = 0;
  #untilLow = 0;
  /** How many were claimed by others since this object's last claim, up to `#seen`. */
  #ahead = 0;

  /**
   * `memory`: from `SharedCounter.allocate` or `Counters.allocate`, the same in every thread. `place`: in that memory, from 0 on.
   * `listeners`: those of other counters of this thread too.
   */
  constructor(
    readonly memory: SharedArrayBuffer,
    readonly place = 0,
    listeners = new Set<() => void>(),
  ) {
    const start = place * counterBytes;
    this.#indexes = new BigUint64Array(memory, start, indexWords);
    this.#signals = new Int32Array(memory, start + int32Offset, 3);
    this.#listeners = listeners;
  }

  /** A counter at `cursor` with nothing reserved yet. */
  static allocate(cursor: bigint): SharedCounter {
    const counters = Counters.allocate(1);
    counters.put(0, cursor);
    return counters.at(0);
  }

  /** Claims `count` consecutive indexes; the first of them, or `notReserved` with nothing claimed. */
  claim(count: bigint): bigint {
    return this.claimAhead(Number(count)) === noneAhead ? notReserved : this.#seen - count;
  }

  /**
   * The same without a bigint: how many numbers lie between the last claim of this object and this one, because
   * others claimed them; of the first claim, before it. `noneAhead` where nothing was claimed. Exact up to 2^53.
   */
  claimAhead(count: number): number {
    while (this.#fits(count)) {
      const next = this.#seen + (count === 1 ? 1n : BigInt(count));
      const was = Atomics.compareExchange(this.#indexes, cursorWord, this.#seen, next);
      if (was === this.#seen) {
        const ahead = this.#ahead;
        this.#ahead = 0;
        this.#seen = next;
        this.#room -= count;
        this.#untilLow -= count;
        return ahead;
      }
      this.#movedTo(was);
    }
    return noneAhead;
  }

  /** Index behind the last claim of this object; only right after one that succeeded. */
  claimedEnd(): bigint {
    return this.#seen;
  }

  /** Whether a claim fits, by what is remembered if that is enough. */
  #fits(count: number): boolean {
    const isSmall = count <= smallClaimMax;
    if (isSmall && count <= this.#room) return true;
    this.#look();
    return count <= (isSmall ? this.#room : this.#until(rangeLimitWord));
  }

  #look(): void {
    this.#movedTo(Atomics.load(this.#indexes, cursorWord));
    this.#room = this.#until(limitWord);
    this.#untilLow = this.#until(lowWord);
  }

  #movedTo(cursor: bigint): void {
    const by = Number(cursor - this.#seen);
    this.#seen = cursor;
    this.#ahead += by;
    this.#room -= by;
    this.#untilLow -= by;
  }

  /** Capped at what can be counted down exactly. */
  #until(word: number): number {
    return Math.min(
      Number(Atomics.load(this.#indexes, word) - this.#seen),
      Number.MAX_SAFE_INTEGER,
    );
  }

  /** Claims what is left below the limit, at most `most`; the count may be 0. */
  claimUpTo(most: bigint): { readonly first: bigint; readonly count: bigint } {
    for (;;) {
      const first = Atomics.load(this.#indexes, cursorWord);
      const left = Atomics.load(this.#indexes, limitWord) - first;
      const count = smaller(left, most);
      if (count === 0n) return { first, count };
      const next = first + count;
      if (Atomics.compareExchange(this.#indexes, cursorWord, first, next) === first) {
        // The low mark may have been passed.
        this.#untilLow = 0;
        return { first, count };
      }
    }
  }

  /** Takes back the end of the last claim, from `index` on; false if somebody claimed after it. */
  giveBack(index: bigint, count: bigint): boolean {
    const end = index + count;
    return Atomics.compareExchange(this.#indexes, cursorWord, end, index) === end;
  }

  /** Index of the next number: nothing at or above it has been claimed. */
  cursor(): bigint {
    return Atomics.load(this.#indexes, cursorWord);
  }

  /** First index that is not durably reserved. */
  limit(): bigint {
    return Atomics.load(this.#indexes, limitWord);
  }

  /** Whether `count` more could be claimed now. */
  fits(count: bigint): boolean {
    const cursor = Atomics.load(this.#indexes, cursorWord);
    return cursor + count <= Atomics.load(this.#indexes, limitWordFor(count));
  }

  /** How many numbers large claims can take now, 0 or more. */
  rangeRoom(): bigint {
    const limit = Atomics.load(this.#indexes, rangeLimitWord);
    return larger(limit - this.cursor(), 0n);
  }

  /**
   * True for exactly one caller once `count` more do not fit, or less than half the window is left:
   * that caller wakes the thread that owns the progress file.
   */
  takeReservationRequest(count = 1): boolean {
    if (this.#untilLow > 0 && count <= this.#room && count <= smallClaimMax) return false;
    const cursor = Atomics.load(this.#indexes, cursorWord);
    const isLow = cursor >= Atomics.load(this.#indexes, lowWord);
    const limit = Atomics.load(this.#indexes, limitWordFor(BigInt(count)));
    if (!isLow && cursor + BigInt(count) <= limit) return false;
    return Atomics.compareExchange(this.#signals, requestedWord, 0, 1) === 0;
  }

  /** Whether a claim has passed the low mark; the owner asks after `raise`, lest a request is lost. */
  isLow(): boolean {
    return this.cursor() >= Atomics.load(this.#indexes, lowWord);
  }

  /**
   * Owner only: what lies below `limit` is durable now; ask again from `low` on. What lies from
   * `rangeLimit` on, if anything, is for small claims. The request flag is cleared after the new marks
   * are in place, so a claim either sees them or asks anew.
   */
  raise(limit: bigint, low: bigint, rangeLimit = limit): void {
    Atomics.store(this.#indexes, lowWord, low);
    Atomics.store(this.#indexes, limitWord, limit);
    Atomics.store(this.#indexes, rangeLimitWord, rangeLimit);
    Atomics.store(this.#signals, requestedWord, 0);
    this.#announceChange();
  }

  /** Owner only: threads finish what they claimed, wake from any wait and end. */
  stop(): void {
    Atomics.store(this.#signals, stateWord, stopping);
    this.#announceChange();
  }

  isRunning(): boolean {
    return Atomics.load(this.#signals, stateWord) === running;
  }

  /** Count of changes to pass to `waitForChange`; read it before the claim that fails. */
  changes(): number {
    return Atomics.load(this.#signals, changesWord);
  }

  /** Blocks this thread until the limit or the state changes after `seen`, or for `limitMs`. */
  waitForChange(seen: number, limitMs = Number.POSITIVE_INFINITY): void {
    Atomics.wait(this.#signals, changesWord, seen, limitMs);
  }

  #announceChange(): void {
    Atomics.add(this.#signals, changesWord, 1);
    Atomics.notify(this.#signals, changesWord);
    for (const tell of this.#listeners) tell();
  }
}

/** The counters of all sequences, each made when it is first asked for: most names are quiet at most times. */
export class Counters {
  readonly #counters: (SharedCounter | undefined)[] = [];
  readonly #listeners = new Set<() => void>();

  readonly #words: BigUint64Array;
  readonly #signals: Int32Array;

  /** `memory`: from `Counters.allocate`, the same in every thread. */
  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new BigUint64Array(memory);
    this.#signals = new Int32Array(memory);
  }

  static allocate(count: number): Counters {
    return new Counters(new SharedArrayBuffer(count * counterBytes));
  }

  /** How many there are. */
  get count(): number {
    return this.memory.byteLength / counterBytes;
  }

  at(place: number): SharedCounter {
    this.#counters[place] ??= new SharedCounter(this.memory, place, this.#listeners);
    return this.#counters[place];
  }

  /** Owner only, before any thread has it: puts one at `cursor`, with nothing reserved. */
  put(place: number, cursor: bigint): void {
    const start = place * wordsPerCounter;
    this.#words.fill(cursor, start, start + indexWords);
  }

  /** Index of the next number of one, without making an object for it. */
  cursor(place: number): bigint {
    return this.#load(place, cursorWord);
  }

  /** The same of the first index that is not durably reserved. */
  limit(place: number): bigint {
    return this.#load(place, limitWord);
  }

  /** Whether anything was ever reserved for one. */
  hasBegun(place: number): boolean {
    const word = (place * counterBytes + int32Offset) / Int32Array.BYTES_PER_ELEMENT + changesWord;
    return Atomics.load(this.#signals, word) > 0;
  }

  #load(place: number, word: number): bigint {
    return Atomics.load(this.#words, place * wordsPerCounter + word);
  }

  /** Owner only: stops all of them. */
  stop(): void {
    for (let place = 0; place < this.count; place++) this.at(place).stop();
  }

  /** Owner only, in its thread: has `listener` called after each change of any of them. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function limitWordFor(count: bigint): number {
  return count > smallMax ? rangeLimitWord : limitWord;
}
