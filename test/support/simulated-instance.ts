/**
 * An instance on a simulated machine, over the program's own code: whatever it does is held against
 * what it owes. One process at a time; each start is a new one.
 */

import assert from 'node:assert/strict';
import { progressionFrom } from '../../src/commands/saved-progression.js';
import { TxnidError } from '../../src/errors.js';
import { type AuditReading, readLines } from '../../src/progress/audit-reader.js';
import type { FileSystem } from '../../src/progress/file-system.js';
import { progressPaths } from '../../src/progress/paths.js';
import { rebuildProgress } from '../../src/progress/rebuild.js';
import type { Owner } from '../../src/progress/record.js';
import { Sequence } from '../../src/progress/sequence.js';
import { ProgressStore } from '../../src/progress/store.js';
import { quietWindow } from '../../src/progress/window.js';
import {
  endIndex,
  indexAtOrAbove,
  numberAt,
  type Progression,
} from '../../src/sequence/progression.js';
import type { InstanceLife } from './instance-life.js';
import { parametersOf } from './progress-fixture.js';
import type { SimulatedKernel } from './simulated-kernel.js';
import { cachedBytes, type Machine } from './simulated-machine.js';

export const simulatedPaths = progressPaths('/simulated');

const owner: Owner = { host: 'h', machine: 'm', boot: 'b', pid: 1, start: '1', nonce: 'n' };

/** Where a decision goes. */
interface Move {
  readonly progression: Progression;
  readonly index: bigint;
}

/** A planted bug: the file system as a program with that bug would use it, anew for each process. */
export type Plant = (files: FileSystem) => FileSystem;

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
      const sequence = this.#begin(store, progression, parameters, before ?? this.#bytes());
      const { position } = sequence;
      this.life.begin(progression, position, before ?? this.#bytes() ?? new Uint8Array());
      this.life.uncertain();
      await sequence.begin();
      this.life.begun(position);
      this.#sequence = sequence;
    } catch (error) {
      await store.release();
      throw error;
    }
  }

  /** A few numbers, and so many in one range that the next reservation is due. */
  serve(count = quietWindow(this.life.progression.increment)): void {
    const sequence = this.#running();
    this.#handOut(sequence, () => this.life.handOut(sequence.next()));
    this.#handOut(sequence, () => {
      const { first, last } = sequence.take(Number(count));
      this.life.handOut(first, last);
    });
  }

  /** The next numbers, one by one. */
  next(count = 1): void {
    const sequence = this.#running();
    for (let left = count; left > 0; left--) {
      this.#handOut(sequence, () => this.life.handOut(sequence.next()));
    }
  }

  async reserveAhead(): Promise<void> {
    const sequence = this.#running();
    const count = Number(quietWindow(this.life.progression.increment));
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
    await sequence.close().then(() => this.life.stopped(), passTxnid);
  }

  /** `advance`: to a number so far above the next one. */
  async advance(distance: bigint): Promise<void> {
    await this.#decide('advanced', (_, current) => {
      const index = indexAtOrAbove(current, this.life.free + distance);
      return { progression: current, index };
    });
  }

  /** `accept`: another progression, from the first of its numbers at or above the next. */
  async accept(progression: Progression): Promise<void> {
    await this.#decide('accepted', (store) => ({
      progression,
      index: store.position(progression).index,
    }));
  }

  /** `advance` where the file cannot be used: a new one, above everything an operator knows of. */
  async rebuild(): Promise<void> {
    const { progression } = this.life;
    const number = this.life.free + 1000n;
    this.life.uncertain();
    await rebuildProgress({
      ...this.#options(),
      progression,
      number,
      since: '2026-01-02T03:04:05.678Z',
    });
    this.life.free = number;
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
    before: Buffer | undefined,
  ): Sequence {
    try {
      return new Sequence(store, progression, parameters, () => this.kernel.calls.count);
    } catch (error) {
      passEnd(error);
      this.life.ended(before ?? new Uint8Array());
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
      this.life.proposed = move.progression;
      const parameters = parametersOf(move.progression);
      await store.decide({ event, ...move, parameters, changes: [] });
      this.life.decided(move.progression, numberAt(move.progression, move.index));
    } finally {
      await store.release();
    }
  }

  #options() {
    const { progression } = this.life;
    return {
      confdir: '/simulated',
      owner,
      uid: 0,
      files: this.#plant(this.kernel),
      system: this.kernel.locks,
      wallClock: () => new Date(0),
      parameters: parametersOf(progression),
      instance: progression.instance,
      onLost: () => {},
      onWarning: () => {},
    };
  }

  #handOut(sequence: Sequence, act: () => void): void {
    try {
      act();
    } catch (error) {
      passEnd(error);
      const { progression, free } = this.life;
      assert.ok(sequence.position >= free && progression.max > 0n);
    }
  }

  #running(): Sequence {
    assert.ok(this.#sequence !== undefined, 'the instance runs');
    return this.#sequence;
  }

  #bytes(): Buffer | undefined {
    return cachedBytes(this.kernel.machine, simulatedPaths.progress);
  }
}

export function trailOf(machine: Machine): AuditReading {
  return readLines(cachedBytes(machine, simulatedPaths.audit)?.toString() ?? '');
}

function passTxnid(error: unknown): void {
  if (!(error instanceof TxnidError)) throw error;
}

/** A sequence may come to its end; nothing else may go wrong. */
function passEnd(error: unknown): void {
  if (!(error instanceof TxnidError && error.code === 'sequence-end')) throw error;
}
