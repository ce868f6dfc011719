/**
 * A sequence that is being handed out: the counter over durable reservations of one progress store.
 *
 * `next` and `take` reserve synchronously when they must; the daemon instead serves from `counter` in
 * other threads and calls `reserveAhead` when one of them asks for it.
 */

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, type TxnidError } from '../errors.js';
import { notReserved, SharedCounter } from '../sequence/counter.js';
import { larger } from '../sequence/order.js';
import {
  endIndex,
  indexAtOrAbove,
  numberAt,
  numbersPerHigh,
  type Progression,
} from '../sequence/progression.js';
import { NumberRange, rangeCountMax } from '../sequence/range.js';
import type { Position } from './file/choice.js';
import type { Parameters, ProgressRecord } from './file/record.js';
import { crashFound, type Notice } from './notices.js';
import { Reservation, type Saving } from './reservation.js';
import type { AuditEventName } from './trail/event.js';
import type { Occurrence } from './trail/teller.js';

/** Numbers that `next` claims from the counter at a time, and gives back at the close. */
const leaseNumbers = 1024n;

/** What a sequence needs of whatever keeps its progress; ProgressStore keeps it in files. */
export interface SequenceStore {
  /** Where the numbers go on. */
  position(progression: Progression): Position;
  /** The record as it was found, and the one that is durable now. */
  readonly found: ProgressRecord;
  readonly saved: ProgressRecord;
  /** What ended the saving, if anything did. */
  readonly failure: TxnidError | undefined;
  /** Makes each of them durable in turn, without blocking this thread. Rejects with `save` or `lock-lost`. */
  save(saving: Saving): Promise<void>;
  /** The same, blocking. Throws. */
  saveNow(saving: Saving): void;
  /** Saves the end, and tells the trail that it is one. */
  close(saving: Saving): Promise<void>;
  /** Tells the trail without blocking this thread. */
  tellInBackground(event: AuditEventName, occurrence?: Occurrence): Promise<void>;
  tellUntold(): void;
  noticeRepair(): void;
  notice(notice: Notice): void;
  /** What was told last is known to the next record. */
  saveTrailHead(): Promise<void>;
  /** Gives it back to others; writes nothing. Doing it again does nothing. */
  release(): Promise<void>;
}

export interface SequenceOptions {
  /** How many numbers a crash may burn while the sequence is quiet, 1 to 2^16, which is the default. */
  readonly markEvery?: bigint | undefined;
  /** Monotonic time in milliseconds. */
  readonly clock?: (() => number) | undefined;
  /** What the event of its start tells beside the position. */
  readonly started?: Occurrence | undefined;
  /** To count on, which is where the store is; a new one by default. */
  readonly counter?: SharedCounter | undefined;
}

export class Sequence {
  readonly counter: SharedCounter;
  readonly progression: Progression;
  readonly #store: SequenceStore;
  readonly #reservation: Reservation;
  #pending: Promise<void> | undefined;
  readonly #isAfterCrash: boolean;
  readonly #started: Occurrence;
  #hasBegun = false;
  #wanted = 1n;
  #isClosed = false;
  #closing: Promise<void> | undefined;
  #leaseNumber = 0n;
  #leaseLeft = 0;

  /**
   * At the position of the store, with nothing reserved yet. Throws `sequence-end`; the store is still
   * the caller's to release then.
   */
  constructor(
    store: SequenceStore,
    progression: Progression,
    parameters: Parameters,
    options: SequenceOptions = {},
  ) {
    const { markEvery = numbersPerHigh, clock = () => performance.now(), counter } = options;
    const { index, bound, isExact } = store.position(progression);
    this.#started = options.started ?? {};
    refuseSpent(progression, index);
    this.progression = progression;
    this.counter = counter ?? SharedCounter.allocate(index);
    if (this.counter.cursor() !== index) throw changedSince(numberAt(progression, index));
    this.#isAfterCrash = !isExact;
    this.#store = store;
    this.#reservation = new Reservation({
      saved: store.saved,
      parameters,
      counter: this.counter,
      progression,
      bound,
      isExact,
      markEvery,
      clock,
    });
  }

  /**
   * Makes a fresh reservation durable and tells the audit trail: from here on numbers may be handed
   * out. Throws `save` or `lock-lost`.
   */
  async begin(): Promise<void> {
    const store = this.#store;
    await store.save(this.#reservation.open());
    this.#hasBegun = true;
    store.tellUntold();
    store.noticeRepair();
    if (this.#isAfterCrash) await this.#tellCrash();
    await store.tellInBackground('started', this.#started);
    await store.saveTrailHead();
    // An older copy of the files is known by what the trail tells: it does before the first number is out.
    this.#reservation.begin();
  }

  /** The next number. Throws TxnidError when it cannot be reserved, or at the end. */
  next(): bigint {
    if (this.#leaseLeft === 0) this.#lease();
    const number = this.#leaseNumber;
    this.#leaseNumber = number + this.progression.increment;
    this.#leaseLeft--;
    return number;
  }

  /** The next `count` numbers (1 to 1,000,000) as one contiguous range. Throws as `next` does. */
  take(count: number): NumberRange {
    if (!Number.isInteger(count) || count < 1 || count > rangeCountMax) {
      throw new RangeError(`take(count): count is ${count}, must be from 1 to ${rangeCountMax}`);
    }
    this.#refuseUnusable();
    this.#returnLease();
    const wanted = BigInt(count);
    let first = this.counter.claim(wanted);
    while (first === notReserved) {
      this.#reserveNow(wanted);
      first = this.counter.claim(wanted);
    }
    const { increment } = this.progression;
    return new NumberRange(numberAt(this.progression, first), increment, count);
  }

  /**
   * Reserves ahead of use without blocking, until the counter is no longer low and `count` more fit,
   * or all are reserved. Rejects with `save` or `lock-lost`, or with `sequence-end` once the last
   * number has been claimed.
   */
  reserveAhead(count = 1): Promise<void> {
    this.#wanted = larger(this.#wanted, BigInt(count));
    this.#pending ??= this.#reserveWhileLow().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** The error that ended the saving of progress, if any. */
  get failure(): TxnidError | undefined {
    return this.#store.failure;
  }

  /** Every number handed out so far is below it. */
  get reserved(): bigint {
    return this.#store.saved.reserved;
  }

  /** How many numbers the last reservation was to hold. */
  get window(): bigint {
    return this.#reservation.window;
  }

  /** The number that comes next. */
  get position(): bigint {
    return numberAt(this.progression, this.counter.cursor() - BigInt(this.#leaseLeft));
  }

  /**
   * Saves the exact position and gives the lock back: the next start goes on with exactly the next
   * number. No other thread may be claiming any more. Throws `save` or `lock-lost`, with the lock
   * given back all the same. Doing it again waits for the first time to be done, and does nothing.
   */
  async close(): Promise<void> {
    if (this.#closing !== undefined) {
      // How it went, the first caller is told.
      await this.#closing.catch(() => undefined);
      return;
    }
    this.#closing = this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    this.#returnLease();
    this.counter.stop();
    // A reservation under way failed or not: what it leaves is in the store.
    await this.#pending?.catch(() => undefined);
    try {
      if (this.#hasBegun) await this.#store.close(this.#reservation.close());
    } finally {
      await this.#store.release();
    }
  }

  /** Hands out nothing more: the lock is lost, so the next number is somebody else's to give. */
  abandon(): void {
    this.#leaseLeft = 0;
    this.counter.stop();
  }

  async #reserveWhileLow(): Promise<void> {
    const lookMs = this.#reservation.lookAtBurst();
    if (lookMs > 0) await sleep(lookMs);
    // The end has come meanwhile, and saves the position itself.
    if (lookMs > 0 && this.#isClosed) return;
    do {
      this.#refuseAtEnd(1n);
      await this.#store.save(this.#reservation.extend(this.#wanted));
      // A stop waits for the write that is under way, and for no more of them on a slow disk.
    } while (!this.#isClosed && !this.#isEnough() && !this.#reservation.isComplete());
    this.#wanted = 1n;
  }

  /** From the last position that a crashed owner saved to the one after all it had reserved. */
  async #tellCrash(): Promise<void> {
    const { found } = this.#store;
    const burnt = this.counter.cursor() - indexAtOrAbove(this.progression, found.next);
    this.#store.notice(crashFound(burnt, this.position));
    const changes = [{ name: 'next', from: String(found.next), to: String(this.position) }];
    await this.#store.tellInBackground('crash found', { changes });
  }

  #isEnough(): boolean {
    const { counter } = this;
    return !counter.isLow() && counter.fits(this.#wanted);
  }

  #lease(): void {
    this.#refuseUnusable();
    let { first, count } = this.counter.claimUpTo(leaseNumbers);
    while (count === 0n) {
      this.#reserveNow(1n);
      ({ first, count } = this.counter.claimUpTo(leaseNumbers));
    }
    this.#leaseNumber = numberAt(this.progression, first);
    this.#leaseLeft = Number(count);
  }

  #returnLease(): void {
    const left = BigInt(this.#leaseLeft);
    this.#leaseLeft = 0;
    if (left === 0n) return;
    // By the lease's own place: once another thread has claimed, the counter's end is not ours.
    this.counter.giveBack(indexAtOrAbove(this.progression, this.#leaseNumber), left);
  }

  #reserveNow(count: bigint): void {
    this.#refuseUnusable();
    this.#refuseAtEnd(count);
    this.#store.saveNow(this.#reservation.extend(count));
  }

  #refuseUnusable(): void {
    if (this.#isClosed) throw new Error('Cannot hand out numbers: the sequence is closed');
    if (this.failure !== undefined) throw this.failure;
  }

  #refuseAtEnd(count: bigint): void {
    refuseSpent(this.progression, this.counter.cursor() + count - 1n);
  }
}

/** The error for a store that goes on elsewhere than its sequence was about to. */
function changedSince(next: bigint): TxnidError {
  const what = `Cannot hand out numbers: the progress goes on from ${next}, which it did not when it was checked`;
  return failure('lock-lost', what, 'find out who wrote the progress file, then start again');
}

/** Throws `sequence-end` where the progression has no number with this index, nor any after it. */
export function refuseSpent(
  progression: Progression,
  index: bigint,
  remedy = 'raise max with "txnid accept", or begin another instance',
): void {
  if (index < endIndex(progression)) return;
  throw failure(
    'sequence-end',
    `The sequence is at its end: no number is left up to ${progression.max}`,
    remedy,
  );
}
