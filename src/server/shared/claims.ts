/**
 * How a serving thread comes by numbers: it claims, has more reserved before they run out, and writes them by an
 * odometer, which every claim leaves at its first number.
 */

import { type Counters, noneAhead, type SharedCounter } from '../../sequence/counter.js';
import { Odometer } from '../../sequence/decimal.js';
import { endIndex, numberAt, type Progression } from '../../sequence/progression.js';
import { rangeCountMax } from '../../sequence/range.js';
import type { ThreadTally } from './tally.js';
import type { ThreadMessage } from './thread-messages.js';

export class Claims {
  readonly #counter: SharedCounter;
  readonly #progression: Progression;
  readonly #report: (message: ThreadMessage) => void;
  readonly #tally: ThreadTally;
  /** Shows the first number of the last claim, until that is written. */
  readonly odometer: Odometer;
  /** How many numbers the last claim had. */
  #claimed = 0;

  constructor(
    counter: SharedCounter,
    progression: Progression,
    report: (message: ThreadMessage) => void,
    tally: ThreadTally,
    private readonly sequence = 0,
  ) {
    this.#counter = counter;
    this.#progression = progression;
    this.#report = report;
    this.#tally = tally;
    this.odometer = new Odometer(Number(progression.increment));
    this.odometer.set(numberAt(progression, 0n));
  }

  /** Whether the odometer shows where the numbers are. */
  get hasClaimed(): boolean {
    return this.#claimed > 0;
  }

  /** Distance of two numbers. */
  get increment(): bigint {
    return this.#progression.increment;
  }

  /** Claims `count` consecutive numbers; waits while they are not reserved. False where there is nothing to wait for. */
  claim(count: number): boolean {
    for (;;) {
      const seen = this.#counter.changes();
      if (this.claimNow(count)) return true;
      if (this.isHopeless(count)) return false;
      this.#counter.waitForChange(seen);
    }
  }

  /**
   * The same without waiting: false also while they are not reserved yet. Then they are asked for, unless it is
   * hopeless; try again when the counter has changed.
   */
  claimNow(count: number): boolean {
    const ahead = this.#counter.claimAhead(count);
    if (ahead === noneAhead) {
      // What never can be served needs the usual reserve only.
      this.#askFor(this.#isBeyondEnd(count) ? 1 : count);
      return false;
    }
    this.#show(ahead, count);
    this.#askFor(1);
    this.#tally.addNumbers(count);
    return true;
  }

  /** Index of the first number of the last claim; only right after it. */
  firstIndex(): bigint {
    return this.#counter.claimedEnd() - BigInt(this.#claimed);
  }

  /** Index of the next number, whoever gets it. */
  cursor(): bigint {
    return this.#counter.cursor();
  }

  /** Whether to wait for `count` numbers is in vain: at the stop, or beyond the end of the sequence. */
  isHopeless(count: number): boolean {
    return !this.#counter.isRunning() || this.#isBeyondEnd(count);
  }

  /** How many numbers large claims can have now. */
  rangeRoom(): number {
    return Number(this.#counter.rangeRoom());
  }

  /** Why the last claim failed. */
  whyNone(): 'sequence_end' | 'stopping' {
    return this.#counter.isRunning() ? 'sequence_end' : 'stopping';
  }

  /** `ahead`: how many numbers of others lie between this claim and the last one. */
  #show(ahead: number, count: number): void {
    const { odometer } = this;
    // Nothing rests on all of the last claim having been written.
    const by = this.#claimed - odometer.passed + ahead;
    this.#claimed = count;
    // To pass those of others is cheaper than to convert anew.
    if (by > rangeCountMax || by < 0) odometer.set(numberAt(this.#progression, this.firstIndex()));
    else if (by > 0) odometer.skip(by);
    odometer.passed = 0;
  }

  #isBeyondEnd(count: number): boolean {
    return this.#counter.cursor() + BigInt(count) > endIndex(this.#progression);
  }

  #askFor(count: number): void {
    if (!this.#counter.takeReservationRequest(count)) return;
    this.#report({ kind: 'low', sequence: this.sequence, count });
  }
}

/** How a thread comes by numbers of all sequences; what that takes for one is made when it is first asked. */
export class ClaimsOfAll {
  readonly #claims: (Claims | undefined)[] = [];

  constructor(
    readonly counters: Counters,
    readonly progression: Progression,
    private readonly report: (message: ThreadMessage) => void,
    private readonly tally: ThreadTally,
  ) {}

  /** `sequence`: its place. */
  at(sequence: number): Claims {
    return this.#claims[sequence] ?? this.#begin(sequence);
  }

  #begin(sequence: number): Claims {
    const { counters, progression, report, tally } = this;
    const claims = new Claims(counters.at(sequence), progression, report, tally, sequence);
    this.#claims[sequence] = claims;
    return claims;
  }
}
