/**
 * A model of one instance over many runs: what was handed out, and what may come next. It knows the
 * promise and the disk, and nothing of how the program keeps the one on the other.
 */

import assert from 'node:assert/strict';
import { TxnidError } from '../../src/errors.js';
import { decodeSlot, type ProgressRecord, slotBytes } from '../../src/progress/file/record.js';
import type { Sequence } from '../../src/progress/sequence.js';
import { numberAt, type Progression } from '../../src/sequence/progression.js';
import { simulateSequence, UnusableError } from './open-sequence.js';
import type { FaultKind, SimulatedDisk } from './simulated-disk.js';

/** What one run does before it ends. */
export type Action =
  | { readonly kind: 'next' | 'take'; readonly count: number }
  | { readonly kind: 'reserve ahead'; readonly count: number };

export interface Run {
  readonly actions: readonly Action[];
  readonly ending: 'clean' | 'killed';
  /** The disk goes wrong after so many steps, and the run with it. */
  readonly fault: { readonly steps: number; readonly kind: FaultKind } | undefined;
  /** The power goes after the run; which of the sectors that were not flushed survive, by turns. */
  readonly powerCut: readonly boolean[] | undefined;
  /** A slot that is lost after the run. */
  readonly lostSlot: 0 | 1 | undefined;
}

export class Restarts {
  readonly disk: SimulatedDisk;
  readonly #progression: Progression;
  /** The smallest number that has not been handed out. */
  #free: bigint;
  /** What the next start must hand out first, if that is known exactly. */
  #exact: bigint | undefined;
  #isUnusable = false;

  constructor(disk: SimulatedDisk, progression: Progression, first: bigint) {
    this.disk = disk;
    this.#progression = progression;
    this.#free = first;
    this.#exact = first;
  }

  /** A run and what happens to its disk afterwards; false once no further start is possible. */
  async run(run: Run): Promise<boolean> {
    if (run.fault !== undefined) this.disk.failAfter(run.fault.steps, run.fault.kind);
    try {
      await this.#serve(run);
    } catch (error) {
      if (!(error instanceof TxnidError && error.code === 'save')) throw error;
    }
    this.disk.mend();
    this.#harm(run);
    return !this.#isUnusable;
  }

  async #serve(run: Run): Promise<void> {
    const sequence = await this.#start();
    if (sequence === undefined) return;
    for (const action of run.actions) await this.#act(sequence, action).catch(passEnd);
    if (run.ending === 'killed') return;
    await sequence.close();
    this.#exact = this.#free;
  }

  /** Undefined where a start is refused as it should be. */
  async #start(): Promise<Sequence | undefined> {
    const most = this.#mostBurnt();
    const exact = this.#exact;
    try {
      const sequence = await simulateSequence(this.disk, this.#progression);
      // From here on, whatever is not a clean stop is a crash.
      this.#exact = undefined;
      const { position } = sequence;
      if (exact !== undefined) assert.equal(position, exact, 'a clean stop burns nothing');
      assert.ok(position >= this.#free, `starts at ${position}, ${this.#free} is the next`);
      assert.ok(position <= most, `starts at ${position}, burns more than up to ${most}`);
      this.#free = position;
      return sequence;
    } catch (error) {
      if (error instanceof TxnidError && error.code === 'save') this.#exact = undefined;
      if (error instanceof UnusableError) this.#judgeUnusable(error);
      else this.#judgeEnd(error, exact ?? most);
      return undefined;
    }
  }

  /** Where a start goes on at the latest: above what was reserved, or could be with a slot lost. */
  #mostBurnt(): bigint {
    const records = recordsIn(this.disk.cached);
    const [one, other] = records.map(({ generation }) => generation);
    const isWhole = one !== undefined && other !== undefined && Math.abs(one - other) === 1;
    const bound = highest(records, ({ reserved, ceiling }) => (isWhole ? reserved : ceiling));
    const { instance, increment } = this.#progression;
    const most = bound + instance + increment - 1n;
    return most > this.#free ? most : this.#free;
  }

  /** Both slots: one torn by a power cut, and the other one lost to us. */
  #judgeUnusable(error: UnusableError): void {
    assert.equal(recordsIn(this.disk.cached).length, 0, error.message);
    this.#isUnusable = true;
  }

  #judgeEnd(error: unknown, next: bigint): void {
    passEnd(error);
    assert.ok(next > this.#progression.max, `${next} could still be handed out`);
  }

  async #act(sequence: Sequence, action: Action): Promise<void> {
    switch (action.kind) {
      case 'next':
        for (let left = action.count; left > 0; left--) this.#handOut(sequence.next());
        return;
      case 'take': {
        const { first, last } = sequence.take(action.count);
        this.#handOut(first);
        const expected = first + BigInt(action.count - 1) * this.#progression.increment;
        assert.equal(last, expected, 'a range is contiguous');
        if (action.count > 1) this.#handOut(last);
        return;
      }
      case 'reserve ahead':
        await sequence.reserveAhead(action.count);
    }
  }

  #handOut(number: bigint): void {
    const { instance, increment, max } = this.#progression;
    assert.ok(number >= this.#free, `${number} is handed out again: ${this.#free} is the next`);
    assert.equal((number - instance) % increment, 0n, `${number} is not of the progression`);
    assert.ok(number <= max, `${number} is above max`);
    const durable = highest(recordsIn(this.disk.durable), ({ reserved }) => reserved);
    assert.ok(durable > number, `${number} is handed out, only ${durable} is durable`);
    this.#free = number + increment;
  }

  #harm(run: Run): void {
    const { powerCut, lostSlot } = run;
    if (powerCut !== undefined)
      this.disk.powerCut((sector) => powerCut[sector % powerCut.length] ?? false);
    if (lostSlot === undefined) return;
    this.disk.destroySlot(lostSlot);
    this.#exact = undefined;
  }
}

/** A sequence may come to its end; nothing else may go wrong. */
function passEnd(error: unknown): void {
  if (!(error instanceof TxnidError && error.code === 'sequence-end')) throw error;
}

function recordsIn(bytes: Uint8Array): ProgressRecord[] {
  return [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)].flatMap((slot) => {
    const decoded = decodeSlot(slot);
    return decoded.kind === 'record' ? [decoded.record] : [];
  });
}

function highest(
  records: readonly ProgressRecord[],
  mark: (record: ProgressRecord) => bigint,
): bigint {
  return records.reduce((most, record) => (mark(record) > most ? mark(record) : most), 0n);
}

/** The number of a progression that is about `distance` numbers before its end. */
export function nearEnd(progression: Progression, distance: bigint): bigint {
  const { instance, increment, max } = progression;
  return numberAt(progression, (max - instance) / increment - distance);
}
