/**
 * Owners that are alike, and all that is known of how they behave: shared by all worlds that they are
 * looked at in, so that no history is run twice.
 */

import { Behaviour } from './behaviour.js';
import { Contents } from './contents.js';
import type { KernelAnswer } from './kernel.js';
import { type Deed, ownerProgram } from './owner.js';
import type { OwnerCall, OwnerTold } from './program-calls.js';

export type OwnerBehaviour = Behaviour<OwnerCall, KernelAnswer, OwnerTold>;

/** The owner before all others, and the one after them; the others count from 0. */
export const before = -1;
export const after = -2;

export class Owners {
  readonly contents = new Contents();
  readonly #deeds: readonly Deed[];
  readonly #hosts: 'one' | 'several';
  readonly #known = new Map<number, OwnerBehaviour>();

  /** `hosts`: whether they are all on one host, or each on its own. */
  constructor(deeds: readonly Deed[], hosts: 'one' | 'several' = 'one') {
    this.#deeds = deeds;
    this.#hosts = hosts;
  }

  behaviour(actor: number): OwnerBehaviour {
    const known = this.#known.get(actor) ?? this.#newOwner(actor);
    this.#known.set(actor, known);
    return known;
  }

  /** Runs of the real code so far, one for each history. */
  get runs(): number {
    return [...this.#known.values()].reduce((sum, { moments }) => sum + moments, 0);
  }

  #newOwner(actor: number): OwnerBehaviour {
    const { contents } = this;
    const host = this.#hosts === 'one' || actor < 0 ? 'host' : `host ${actor}`;
    const deeds = actor < 0 ? ([{ kind: 'take', count: 10 }] as const) : this.#deeds;
    return new Behaviour(ownerProgram({ actor, host, deeds, stops: actor !== after, contents }));
  }
}
