/**
 * The exhaustive exploration of power cuts: an operation is cut at every call to the disk, what was
 * not flushed reaches the medium in every way it can, and what is left has to start again and keep
 * the promise. The restart may be cut again, as often as is asked for.
 *
 * Moments that nobody can tell apart, neither the program nor its users, are followed once.
 */

import assert from 'node:assert/strict';
import type { Progression } from '../../src/sequence/progression.js';
import { withoutSlots } from './lost-slots.js';
import { type Fault, faultsOf, honestFaults, type Situation, Watch } from './moments.js';
import { type Operation, perform } from './operations.js';
import type { Call, FaultKind } from './simulated-calls.js';
import { type Plant, progressOf, trailOf } from './simulated-files.js';
import { SimulatedInstance } from './simulated-instance.js';
import { SimulatedKernel } from './simulated-kernel.js';
import { contentsOf, evicted, fingerprint, type Machine, powerCuts } from './simulated-machine.js';
import type { SectorBytes } from './torn-writes.js';

export interface ExplorationOptions {
  /** What is accepted in place of the progression in force. */
  readonly other: Progression;
  readonly sectorBytes: SectorBytes;
  /** How often the power may go, the first time included. */
  readonly cutsMax: number;
  readonly plant?: Plant;
}

export class Exploration {
  /**
   * Operations cut, calls to cut at, different machines left by the cuts, starts from them; of these
   * the ones that were rightly refused; machines that less is owed on because a flush had lied.
   */
  readonly counts = { runs: 0, cuts: 0, moments: 0, starts: 0, refused: 0, owedLess: 0 };
  readonly #options: ExplorationOptions;
  readonly #known = new Set<string>();

  constructor(options: ExplorationOptions) {
    this.#options = options;
  }

  /** Carries the operations out and cuts the last one at every call; the calls that it made. */
  async cut(start: Situation, operations: readonly Operation[], fault?: Fault): Promise<Call[]> {
    this.counts.runs++;
    const history = [
      ...start.history,
      ...operations.map(String),
      ...(fault ? [`call ${fault.at} ${fault.kind}`] : []),
    ];
    const instance = this.#instance(start);
    const watch = new Watch(instance, history);
    try {
      for (const operation of operations.slice(0, -1)) await this.#perform(instance, operation);
      watch.begin(fault);
      await this.#perform(instance, operations.at(-1) ?? 'start', fault !== undefined);
    } catch (error) {
      throw violation(history, error);
    }
    for (const moment of watch.end()) await this.#follow(moment, this.#options.cutsMax - 1);
    return watch.calls;
  }

  /** The same with each call gone wrong in each of these ways that it can; by default all but lies. */
  async spoil(
    start: Situation,
    operations: readonly Operation[],
    kinds: readonly FaultKind[] = honestFaults,
  ): Promise<void> {
    const calls = await this.cut(start, operations);
    for (const [at, { name }] of calls.entries()) {
      for (const kind of faultsOf(name).filter((one) => kinds.includes(one))) {
        await this.cut(start, operations, { at, kind, isForEver: false });
        if (name === 'flush') await this.cut(start, operations, { at, kind, isForEver: true });
      }
    }
  }

  /** The situation after operations that go well and a crash of the process. */
  async situation(start: Situation, operations: readonly Operation[]): Promise<Situation> {
    const instance = this.#instance(start);
    for (const operation of operations) await this.#perform(instance, operation);
    const { kernel, life } = instance;
    return {
      machine: kernel.machine,
      life,
      history: [...start.history, ...operations.map(String)],
    };
  }

  /** What a moment may become: the process gone, or the power. */
  async #follow(moment: Situation, cutsLeft: number): Promise<void> {
    if (this.#isKnown(moment, `${cutsLeft} left`)) return;
    this.counts.cuts++;
    const { machine } = moment;
    await this.#startAgain(after(moment, 'crash', machine), cutsLeft);
    const cold = evicted(machine);
    if (cold !== undefined) {
      await this.#startAgain(after(moment, 'crash, clean pages evicted', cold), cutsLeft);
    }
    for (const worn of withoutSlots(moment)) await this.#startAgain(worn, cutsLeft);
    for (const left of powerCuts(machine, this.#options.sectorBytes)) {
      const dark = powerless(moment, left);
      if (dark.life.free < moment.life.free) this.counts.owedLess++;
      await this.#startAgain(dark, cutsLeft);
    }
  }

  /** What is left has to start, serve, stop and start again. */
  async #startAgain(start: Situation, cutsLeft: number): Promise<void> {
    if (this.#isKnown(start, `start, ${cutsLeft} left`)) return;
    this.counts.moments++;
    const instance = this.#instance(start);
    const watch = new Watch(instance, [
      ...start.history,
      `start from ${contentsOf(start.machine)}`,
    ]);
    try {
      if (cutsLeft > 0) watch.begin();
      await this.#live(instance);
    } catch (error) {
      throw violation(watch.history, error);
    }
    for (const moment of watch.end()) await this.#follow(moment, cutsLeft - 1);
  }

  #isKnown({ machine, life }: Situation, what: string): boolean {
    const print = `${fingerprint(machine)} ${life.fingerprint} ${what}`;
    const isKnown = this.#known.has(print);
    this.#known.add(print);
    return isKnown;
  }

  async #live(instance: SimulatedInstance): Promise<void> {
    this.counts.starts++;
    if (!(await this.#perform(instance, 'start'))) {
      if (!instance.life.mayBeRefused) return;
      this.counts.refused++;
      if (trailOf(instance.kernel.machine).broken !== undefined) return;
      await this.#perform(instance, 'rebuild');
      assert.ok(await this.#perform(instance, 'start'), 'a rebuilt file is used');
    }
    instance.next(2);
    await this.#perform(instance, 'stop');
    instance.judgeRest();
    if (await this.#perform(instance, 'start')) instance.next(1);
  }

  async #perform(instance: SimulatedInstance, operation: Operation, isFaulty = false) {
    return await perform(instance, operation, this.#options.other, isFaulty);
  }

  #instance({ machine, life }: Situation): SimulatedInstance {
    return new SimulatedInstance(new SimulatedKernel(machine), life.copy(), this.#options.plant);
  }
}

function after(moment: Situation, what: string, machine: Machine): Situation {
  return { ...moment, machine, history: [...moment.history, what] };
}

/** After a power cut; where a flush had lied, no more can be promised than what reached the medium. */
function powerless(moment: Situation, machine: Machine): Situation {
  const situation = { ...after(moment, 'power cut', machine), life: moment.life.copy() };
  if (!moment.life.isLiedTo) return situation;
  const { events, broken } = trailOf(machine);
  const generation = events.at(-1)?.generation ?? (broken === undefined ? 0 : undefined);
  situation.life.cheat(progressOf(machine), generation);
  if (broken !== undefined) situation.life.mayBeRefused = true;
  return situation;
}

/** The error with the history that led to it, so that it can be told what to look at. */
function violation(history: readonly string[], error: unknown): Error {
  const { message } = error instanceof Error ? error : { message: String(error) };
  return new Error(`${message}\nafter: ${history.join(' · ')}`, { cause: error });
}
