/**
 * An instance on a simulated machine, over the program's own code: whatever it does is held against
 * what it owes. One process at a time; each start is a new one.
 */

import assert from 'node:assert/strict';
import { TxnidError } from '../../src/errors.js';
import { quietWindow } from '../../src/progress/plan.js';
import { rebuildProgress } from '../../src/progress/rebuild.js';
import { Sequence } from '../../src/progress/sequence.js';
import { ProgressStore } from '../../src/progress/store.js';
import { larger } from '../../src/sequence/order.js';
import {
  endIndex,
  indexAtOrAbove,
  numberAt,
  type Progression,
} from '../../src/sequence/progression.js';
import { progressionFrom } from '../../src/service/settings.js';
import { parametersOf } from '../support/fixtures/progress-fixture.js';
import type { InstanceLife } from './instance-life.js';
import { type Plant, progressOf, simulatedOptions, trailOf } from './simulated-files.js';
import type { SimulatedKernel } from './simulated-kernel.js';

/** Where a decision goes. */
interface Move {
  readonly progression: Progression;
  readonly index: bigint;
}

export class SimulatedInstance {
  readonly kernel: SimulatedKernel;
  readonly life: InstanceLife;
  readonly #plant: Plant;
  #sequence: Sequence | undefined;

  constructor(kernel: SimulatedKernel, life: InstanceLife, plant: Plant = (files) => files) {
    this.kernel = kernel;
    this.life = life;
    this.#plant = plant;
  }

  get isRunning(): boolean {
    return this.#sequence !== undefined;
  }

  /** Creates the files where there are none. Throws TxnidError. */
  async start(): Promise<void> {
    const before = this.#bytes();
    const store = await ProgressStore.open(this.#options());
    try {
      const progression = progressionFrom(store.found.parameters);
      this.life.recognise(progression);
      const parameters = parametersOf(progression);
      const bytes = before ?? this.#bytes() ?? new Uint8Array();
      const sequence = this.#begin(store, progression, parameters, bytes);
      const { position } = sequence;
      this.life.begin(progression, position, bytes);
      this.life.uncertain();
      await sequence.begin();
      this.life.begun(position);
      this.#sequence = sequence;
    } catch (error) {
      await store.release();
      throw error;
    }
  }

  /** A number, and so many in one range that the next reservation is due. */
  serve(): void {
    const count = quietWindow(this.life.progression.increment, this.life.markEvery);
    this.next();
    this.#handOut(count, (sequence) => {
      const { first, last } = sequence.take(Number(count));
      this.life.handOut(first, last);
    });
  }

  /** The next numbers, one by one. */
  next(count = 1): void {
    for (let left = count; left > 0; left--) {
      this.#handOut(1n, (sequence) => this.life.handOut(sequence.next()));
    }
  }

  async reserveAhead(): Promise<void> {
    const sequence = this.#running();
    const count = Number(quietWindow(this.life.progression.increment, this.life.markEvery));
    try {
      await sequence.reserveAhead(count);
    } catch (error) {
      passEnd(error);
    }
  }

  async stop(): Promise<void> {
    const sequence = this.#running();
    this.#sequence = undefined;
    await sequence.close();
    this.life.stopped();
  }

  /** The process is gone between two calls, and its locks and descriptors with it. */
  kill(): void {
    this.#sequence = undefined;
    this.kernel.endProcess();
  }

  /** The end of a process that something went wrong with: it closes as far as it can. */
  async giveUp(): Promise<void> {
    const sequence = this.#sequence;
    this.#sequence = undefined;
    if (sequence === undefined) return;
    // What is still reserved may be handed out, also when no more can be saved.
    for (let left = 2; left > 0; left--) {
      try {
        this.life.handOut(sequence.next());
      } catch (error) {
        if (!(error instanceof TxnidError)) throw error;
      }
    }
    await sequence.close().then(
      () => this.life.stopped(),
      (error: unknown) => assert.ok(error instanceof TxnidError, String(error)),
    );
  }

  /** `advance`: to a number so far above the last one, and not backwards, as the command has it. */
  async advance(distance: bigint): Promise<void> {
    await this.#decide('advanced', (store, current) => ({
      progression: current,
      index: larger(
        indexAtOrAbove(current, this.life.free + distance),
        store.position(current).index,
      ),
    }));
  }

  /** `accept`: another progression, from the first of its numbers at or above the next. */
  async accept(progression: Progression): Promise<void> {
    await this.#decide('accepted', (store) => ({
      progression,
      index: store.position(progression).index,
    }));
  }

  /** `advance` where the file cannot be used: a new one, above everything that an operator knows of, who may know nothing. */
  async rebuild(): Promise<void> {
    const { progression } = this.life;
    const number = this.life.isVouchedFor ? this.life.free + 1000n : 0n;
    this.life.uncertain();
    // From here on the file may be refused still, or be used already.
    this.life.mayBeRefused = true;
    this.life.mustBeRefused = false;
    await rebuildProgress({
      ...this.#options(),
      progression,
      number,
      keep: () => {},
      since: '2026-01-02T03:04:05.678Z',
    });
    this.life.rebuilt(number);
  }

  /** Nothing may stay open after the end of a process, and the trail must be whole. */
  judgeRest(): void {
    assert.equal(this.kernel.openCount, 0, 'a descriptor stays open');
    if (this.life.isLiedTo) return;
    assert.deepEqual(trailOf(this.kernel.machine).broken, undefined, 'the audit trail is whole');
  }

  #begin(
    store: ProgressStore,
    progression: Progression,
    parameters: ReturnType<typeof parametersOf>,
    bytes: Uint8Array,
  ): Sequence {
    try {
      return new Sequence(store, progression, parameters, {
        markEvery: this.life.markEvery,
        clock: () => this.kernel.calls.count,
      });
    } catch (error) {
      passEnd(error);
      this.life.ended(bytes);
      throw error;
    }
  }

  async #decide(
    event: 'accepted' | 'advanced',
    choose: (store: ProgressStore, current: Progression) => Move,
  ): Promise<void> {
    const before = this.#bytes();
    const store = await ProgressStore.open(this.#options());
    try {
      const current = progressionFrom(store.found.parameters);
      const from = numberAt(current, store.position(current).index);
      const bytes = before ?? this.#bytes() ?? new Uint8Array();
      this.life.recognise(current);
      if (from > current.max) return this.life.ended(bytes);
      this.life.begin(current, from, bytes);
      const move = choose(store, current);
      // The commands refuse what would leave no number.
      if (move.index >= endIndex(move.progression)) return;
      this.life.uncertain();
      this.life.propose(move.progression);
      const parameters = parametersOf(move.progression);
      await store.decide({ event, ...move, parameters, changes: [] });
      this.life.decided(move.progression, numberAt(move.progression, move.index));
    } finally {
      await store.release();
    }
  }

  #options() {
    return simulatedOptions(this.kernel, this.life.progression, this.#plant);
  }

  #handOut(count: bigint, act: (sequence: Sequence) => void): void {
    try {
      act(this.#running());
    } catch (error) {
      passEnd(error);
      const { progression, next } = this.life;
      const last = next + (count - 1n) * progression.increment;
      assert.ok(last > progression.max, `${last} could still be handed out`);
    }
  }

  #running(): Sequence {
    assert.ok(this.#sequence !== undefined, 'the instance runs');
    return this.#sequence;
  }

  #bytes(): Buffer | undefined {
    return progressOf(this.kernel.machine);
  }
}

/** A sequence may come to its end; nothing else may go wrong. */
function passEnd(error: unknown): void {
  if (!(error instanceof TxnidError && error.code === 'sequence-end')) throw error;
}
