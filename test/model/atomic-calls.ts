/**
 * Puts a simulated memory under the real counter: while a program of the model runs, every access of
 * its thread by Atomics is a call that the search answers, in any order with those of other threads.
 */

import { performance } from 'node:perf_hooks';
import type { Seat } from './replay.js';

type AtomicCall =
  | { readonly call: 'load'; readonly word: string }
  | { readonly call: 'store' | 'add'; readonly word: string; readonly value: bigint }
  | {
      readonly call: 'exchange';
      readonly word: string;
      readonly expected: bigint;
      readonly value: bigint;
    }
  /** Falls asleep unless the word has changed, as the first half of a wait; 1: it sleeps. */
  | { readonly call: 'doze'; readonly word: string; readonly seen: bigint }
  | { readonly call: 'wake' }
  | { readonly call: 'notify'; readonly word: string };

/** What a thread does beside its memory: its deeds, messages to the owner, and the owner's disk. */
export type ThreadCall =
  | AtomicCall
  | { readonly call: 'begin' }
  | { readonly call: 'message' }
  | { readonly call: 'others ended' }
  | { readonly call: 'disk'; readonly step: string };

export type ThreadTold =
  /** From here on numbers may be asked for. */
  | { readonly kind: 'open' }
  | { readonly kind: 'claimed'; readonly first: bigint; readonly count: bigint }
  /** A thread asks the owner to reserve. */
  | { readonly kind: 'low'; readonly count: number }
  /** The owner has saved this as the next index. */
  | { readonly kind: 'saved'; readonly next: bigint };

export type ThreadSeat = Seat<ThreadCall, bigint, ThreadTold>;

const running: { seat: ThreadSeat | undefined; messages: number } = {
  seat: undefined,
  messages: 0,
};

export function sitDown(seat: ThreadSeat): void {
  running.seat = seat;
  running.messages = 0;
}

/** The clock goes on. */
export function passTime(): void {
  running.messages++;
}

export function standUp(): void {
  running.seat = undefined;
}

type Words = BigUint64Array | Int32Array;

/** The answer of the simulated memory, as the kind of number that the array holds. */
function asNumber(words: Words, answer: bigint): bigint | number {
  return words instanceof Int32Array ? Number(answer) : answer;
}

function wordOf(words: Words, index: number): string {
  return `${words instanceof Int32Array ? 'signal' : 'index'} ${index}`;
}

const simulated = {
  load: (seat: ThreadSeat, words: Words, index: number) =>
    asNumber(words, seat.askNow({ call: 'load', word: wordOf(words, index) })),
  store: (seat: ThreadSeat, words: Words, index: number, value: bigint | number) =>
    asNumber(
      words,
      seat.askNow({ call: 'store', word: wordOf(words, index), value: BigInt(value) }),
    ),
  add: (seat: ThreadSeat, words: Words, index: number, value: bigint | number) =>
    asNumber(words, seat.askNow({ call: 'add', word: wordOf(words, index), value: BigInt(value) })),
  compareExchange: (
    seat: ThreadSeat,
    words: Words,
    index: number,
    expected: bigint | number,
    value: bigint | number,
  ) => {
    const [before, after] = [BigInt(expected), BigInt(value)];
    const word = wordOf(words, index);
    return asNumber(words, seat.askNow({ call: 'exchange', word, expected: before, value: after }));
  },
  notify: (seat: ThreadSeat, words: Words, index: number) =>
    Number(seat.askNow({ call: 'notify', word: wordOf(words, index) })),
  wait: (seat: ThreadSeat, words: Words, index: number, seen: bigint | number) => {
    const doze = { call: 'doze', word: wordOf(words, index), seen: BigInt(seen) } as const;
    if (seat.askNow(doze) === 0n) return 'not-equal';
    seat.askNow({ call: 'wake' });
    return 'ok';
  },
};

type Call = (...given: unknown[]) => unknown;
const atomics = Atomics as unknown as Record<string, Call>;
for (const [name, act] of Object.entries(simulated)) {
  const real = atomics[name];
  if (real === undefined) throw new Error(`Atomics has no ${name}`);
  atomics[name] = (...given) =>
    running.seat === undefined ? real(...given) : (act as Call)(running.seat, ...given);
}

/** So much passes between two messages that no demand is high; a flush takes no time. */
const betweenMessagesMs = 1e9;
const realNow = performance.now;
Object.defineProperty(performance, 'now', {
  value: () =>
    running.seat === undefined ? realNow.call(performance) : betweenMessagesMs * running.messages,
});
