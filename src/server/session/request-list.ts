/**
 * What a session asks for, in the order in which it is answered. Pure, and without allocation: a thread reads every
 * chunk of every session into one list.
 *
 * The requests are in groups: those that follow each other and are about the same sequence. `next` is always in the
 * group that `sequence` and `numbers` tell of.
 */

import { smallClaimMax } from '../../sequence/counter.js';

/** What an entry of the list asks for: a bell, above it a range of so many, below it so many numbers. */
const bellRequest = 0;

/** For a sequence that is not served: takes no number, and is answered all the same. Above all ranges. */
export const unservedRequest = 0x3fff_ffff;

/** Begins a group: the place of its sequence is in the lower bits, and how many numbers it takes in the next entry. */
const groupMark = 0x4000_0000;
export const groupEntries = 2;

export class RequestList {
  /**
   * 0 takes no number (a bell), n > 0 is a range of n numbers, n < 0 a run of -n requests for one number; between groups
   * is a mark.
   */
  readonly entries: Int32Array;
  length = 0;
  /** Place of the first one that is not answered yet. */
  next = 0;
  /** The sequence that is asked next. */
  sequence = 0;
  /** All numbers that this group asks for and has no answer to yet. */
  numbers = 0;
  /** How many groups come behind this one. */
  groups = 0;
  /** Whether something else came after these requests: the session is to be closed. */
  isViolated = false;
  /** The sequence of the group that is written, and where its numbers are counted; below 0: in `numbers`. */
  #written = 0;
  #total = -1;

  constructor(entries: Int32Array) {
    this.entries = entries;
  }

  get isAnswered(): boolean {
    return this.next === this.length;
  }

  /** What the next request by itself asks for, one number of a run. */
  get nextNumbers(): number {
    const entry = this.entries[this.next] ?? 0;
    return entry < 0 ? 1 : numbersOf(entry);
  }

  /** Where this group ends. */
  get groupEnd(): number {
    if (this.groups === 0) return this.length;
    let end = this.next;
    while (end < this.length && (this.entries[end] ?? 0) < groupMark) end++;
    return end;
  }

  /** The next entry, which counts as answered then. */
  takeNext(): number {
    const entry = this.entries[this.next++] ?? 0;
    this.numbers -= numbersOf(entry);
    if (this.groups > 0) this.#enterGroup();
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

  #enterGroup(): void {
    const entry = this.entries[this.next] ?? 0;
    if (entry < groupMark) return;
    this.sequence = entry - groupMark;
    this.numbers = this.entries[this.next + 1] ?? 0;
    this.next += groupEntries;
    this.groups--;
  }

  /** What is left, in a list that takes no more room than that. */
  rest(): RequestList {
    return this.restInto(new RequestList(this.entries.slice(this.next, this.length)));
  }

  protected restInto<List extends RequestList>(rest: List): List {
    rest.length = this.length - this.next;
    rest.sequence = this.sequence;
    rest.numbers = this.numbers;
    rest.groups = this.groups;
    rest.isViolated = this.isViolated;
    return rest;
  }

  clear(): void {
    this.length = 0;
    this.next = 0;
    this.sequence = 0;
    this.numbers = 0;
    this.groups = 0;
    this.isViolated = false;
    this.#written = 0;
    this.#total = -1;
  }

  /** What is added from here on is about this sequence. */
  select(sequence: number): void {
    if (sequence === this.#written) return;
    this.#written = sequence;
    if (this.length === 0) {
      this.sequence = sequence;
      return;
    }
    this.entries[this.length] = groupMark + sequence;
    this.#total = this.length + 1;
    this.entries[this.#total] = 0;
    this.length += groupEntries;
    this.groups++;
  }

  addBell(): void {
    this.entries[this.length++] = bellRequest;
  }

  addUnserved(): void {
    this.entries[this.length++] = unservedRequest;
  }

  addRange(count: number): void {
    this.entries[this.length++] = count;
    this.#count(count);
  }

  /** One more request for one number. */
  addNumber(): void {
    this.addRun(1);
  }

  /** Behind a run of the same group they make it longer. */
  addRun(count: number): void {
    const last = this.length - 1;
    if (last >= 0 && last !== this.#total && (this.entries[last] ?? 0) < 0) {
      this.entries[last] = (this.entries[last] ?? 0) - count;
    } else {
      this.entries[this.length++] = -count;
    }
    this.#count(count);
  }

  #count(numbers: number): void {
    if (this.#total < 0) this.numbers += numbers;
    else this.entries[this.#total] = (this.entries[this.#total] ?? 0) + numbers;
  }
}

/** How many numbers an entry asks for. */
export function numbersOf(entry: number): number {
  if (entry < 0) return -entry;
  return entry === unservedRequest ? 0 : entry;
}

/** Whether what is asked next takes more than a small claim, and so has to leave the reserve to others. */
export function areLarge({ numbers }: RequestList): boolean {
  return numbers > smallClaimMax;
}
