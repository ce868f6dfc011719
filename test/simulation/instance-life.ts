/**
 * What one instance owes its users at a moment of its life. It knows the promise and what is in the
 * progress file, and nothing of how the program keeps the one with the other.
 */

import assert from 'node:assert/strict';
import { decodeSlot, type ProgressRecord, slotBytes } from '../../src/progress/file/record.js';
import {
  indexAtOrAbove,
  numberAt,
  numbersPerHigh,
  type Progression,
} from '../../src/sequence/progression.js';

export class InstanceLife {
  /** The progression in force, and those that may be instead: their acceptance was under way. */
  progression: Progression;
  possible: readonly Progression[] = [];
  /** Every number handed out is below it. */
  free: bigint;
  /** What the next start must hand out first, where that is known exactly. */
  exact: bigint | undefined;
  /** How many numbers a quiet crash may burn, as the next start has it. */
  markEvery = numbersPerHigh;
  /** The progression before the one in force. */
  previous: Progression | undefined;
  /** Whether the operator of a rebuild knows what was handed out; else all there is are the files. */
  isVouchedFor = true;
  /** Whether some flush said success and did nothing. */
  isLiedTo = false;
  /** Whether the trail knows of a record that the file has lost, for certain or not. */
  mayBeRefused = false;
  mustBeRefused = false;

  constructor(progression: Progression) {
    this.progression = progression;
    this.free = progression.instance;
    this.exact = progression.instance;
  }

  copy(): InstanceLife {
    const copy = new InstanceLife(this.progression);
    return Object.assign(copy, this);
  }

  /** Tells lives apart that owe different things. */
  get fingerprint(): string {
    const { progression, possible, free, exact, isVouchedFor, isLiedTo, mayBeRefused } = this;
    const terms = [progression, ...possible].map((one) => Object.values(one).join());
    return [...terms, this.markEvery, free, exact, isVouchedFor, isLiedTo, mayBeRefused].join('/');
  }

  /**
   * A flush of this life has lied, and then the power went: what is left to owe. `generation`: of the last
   * event that the trail still has; undefined where its end cannot be read.
   */
  cheat(bytes: Uint8Array | undefined, generation: number | undefined): void {
    const records = recordsIn(bytes ?? new Uint8Array());
    const newest = records.reduce((most, record) => Math.max(most, record.generation), 0);
    const last = records.find((record) => record.generation === newest);
    const mark = last === undefined ? 0n : last.clean ? last.next : last.reserved;
    this.free = mark < this.free ? mark : this.free;
    this.exact = undefined;
    if (this.previous !== undefined) this.propose(this.previous);
    const isUnusable = bytes === undefined ? generation !== 0 : records.length === 0;
    this.mustBeRefused = isUnusable || generation === undefined || newest + 1 < generation;
    this.mayBeRefused = this.mustBeRefused || newest < (generation ?? 0);
  }

  /** A start, or a look at the position by an operator; `bytes` is the progress file before it. */
  begin(progression: Progression, position: bigint, bytes: Uint8Array): void {
    this.recognise(progression);
    const { instance, increment, max } = progression;
    if (this.exact !== undefined) {
      assert.equal(position, this.exact, 'a stop or a decision that was made burns nothing');
    }
    assert.ok(position >= this.free, `starts at ${position} again, ${this.free} is the next`);
    const most = mostBurnt(bytes, progression);
    assert.ok(position <= larger(most, this.free + increment), `burns up to ${position}: ${most}`);
    assert.equal((position - instance) % increment, 0n, `${position} is off the progression`);
    assert.ok(position <= max, `${position} is above max`);
  }

  /** A start has made its position durable: it is never gone back behind. */
  begun(position: bigint): void {
    assert.ok(!this.mustBeRefused, 'a file that is older than the trail knows is used');
    this.mayBeRefused = false;
    this.free = position;
    this.possible = [];
  }

  /** The parameters that a start finds: those in force, or those that were being accepted. */
  recognise(progression: Progression): void {
    const all = [this.progression, ...this.possible];
    const known = all.find((one) => isSame(one, progression));
    assert.ok(known !== undefined, 'a start finds parameters that nobody accepted');
    if (known === this.progression) return;
    this.exact = undefined;
    this.progression = known;
    this.possible = all.filter((one) => one !== known);
  }

  /** From here on a start may find this progression. */
  propose(progression: Progression): void {
    this.possible = [...this.possible, progression];
  }

  handOut(first: bigint, last = first): void {
    const { instance, increment, max } = this.progression;
    assert.ok(first >= this.free, `${first} is handed out again: ${this.free} is the next`);
    assert.equal((first - instance) % increment, 0n, `${first} is off the progression`);
    assert.ok(last <= max, `${last} is above max`);
    this.free = last + 1n;
  }

  /** From here on a crash may burn something. */
  uncertain(): void {
    this.exact = undefined;
  }

  /** An operator's decision that is durable. */
  decided(progression: Progression, next: bigint): void {
    this.previous = this.progression;
    this.progression = progression;
    this.possible = [];
    this.free = next;
    this.exact = next;
  }

  rebuilt(number: bigint): void {
    this.mayBeRefused = false;
    this.mustBeRefused = false;
    this.free = larger(this.free, number);
  }

  stopped(): void {
    this.exact = this.next;
  }

  /** A start was refused because the sequence is at its end. */
  ended(bytes: Uint8Array): void {
    const next = this.exact ?? larger(mostBurnt(bytes, this.progression), this.next);
    assert.ok(next > this.progression.max, `${next} could still be handed out`);
  }

  /** The first number of the progression that may be handed out. */
  get next(): bigint {
    return numberAt(this.progression, indexAtOrAbove(this.progression, this.free));
  }
}

/** Where a start goes on at the latest: above what was reserved, or could be with a slot lost. */
function mostBurnt(bytes: Uint8Array, { instance, increment }: Progression): bigint {
  const records = recordsIn(bytes);
  const [one, other] = records.map(({ generation }) => generation);
  const isWhole = one !== undefined && other !== undefined && Math.abs(one - other) === 1;
  const bounds = records.map(({ reserved, ceiling }) => (isWhole ? reserved : ceiling));
  const jumps = records.map(({ next, clean }) => (clean ? next : 0n));
  const bound = bounds.reduce(larger, 0n) + instance;
  return jumps.reduce(larger, bound) + increment - 1n;
}

export function recordsIn(bytes: Uint8Array): ProgressRecord[] {
  return [0, slotBytes].flatMap((start) => {
    const decoded = decodeSlot(bytes.subarray(start, start + slotBytes));
    return decoded.kind === 'record' ? [decoded.record] : [];
  });
}

function isSame(one: Progression, other: Progression): boolean {
  return Object.values(one).join() === Object.values(other).join();
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
