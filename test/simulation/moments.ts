/** The moments of a run: what the machine holds and what is owed before each of its calls. */

import type { InstanceLife } from './instance-life.js';
import type { Call, FaultKind } from './simulated-calls.js';
import type { SimulatedInstance } from './simulated-instance.js';
import type { Machine } from './simulated-machine.js';

/** A machine with no process on it, and what is owed. */
export interface Situation {
  readonly machine: Machine;
  readonly life: InstanceLife;
  /** How it came about. */
  readonly history: readonly string[];
}

export interface Fault {
  /** Index of the call, from the beginning of the watch on. */
  readonly at: number;
  readonly kind: FaultKind;
  /** All flushes after it go the same way. */
  readonly isForEver: boolean;
}

export const honestFaults: readonly FaultKind[] = ['refused', 'short', 'dropped', 'done'];

/** The ways in which a call can go wrong. */
export function faultsOf(name: Call['name']): readonly FaultKind[] {
  switch (name) {
    case 'flush':
      return ['refused', 'dropped', 'done', 'lies'];
    case 'write':
      return ['refused', 'short', 'done'];
    case 'open':
    case 'read':
    case 'status':
      return ['refused'];
    default:
      return ['refused', 'done'];
  }
}

export class Watch {
  readonly calls: Call[] = [];
  readonly history: readonly string[];
  readonly #instance: SimulatedInstance;
  readonly #moments: Situation[] = [];
  #isWatching = false;

  constructor(instance: SimulatedInstance, history: readonly string[]) {
    this.#instance = instance;
    this.history = history;
  }

  /** Watches from here on, with a fault if there is one. */
  begin(fault?: Fault): void {
    const { calls } = this.#instance.kernel;
    const start = calls.count;
    this.#isWatching = true;
    calls.beforeEach = (call) => {
      this.#keep(`cut before call ${this.calls.length}, ${call.name} ${call.file}`);
      this.calls.push(call);
    };
    if (fault === undefined) return;
    this.#instance.life.isLiedTo = fault.kind === 'lies';
    calls.faultOf = ({ name }, index) => {
      const isLater = fault.isForEver && index - start > fault.at && name === 'flush';
      return index - start === fault.at || isLater ? fault.kind : undefined;
    };
  }

  /** The moments before the calls and after the last of them. */
  end(): readonly Situation[] {
    if (this.#isWatching) this.#keep(`cut after ${this.calls.length} calls`);
    this.#instance.kernel.calls.beforeEach = () => {};
    return this.#moments;
  }

  #keep(what: string): void {
    const { kernel, life } = this.#instance;
    const { machine } = kernel;
    const last = this.#moments.at(-1);
    // A call that only looked has changed nothing.
    if (last?.machine === machine && last.life.fingerprint === life.fingerprint) return;
    this.#moments.push({ machine, life: life.copy(), history: [...this.history, what] });
  }
}
