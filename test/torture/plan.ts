/** What a round of the torture does to a cluster, all of it drawn from a seed. Pure. */

import { Seeded } from '../support/fixtures/seeded.js';

/** One fault that befalls an instance while the others go on. */
interface Step {
  readonly fault: string;
  /** How long the instance serves before. */
  readonly afterMs: number;
  /** What the fault draws its own choices from. */
  readonly seed: number;
}

export interface MemberPlan {
  readonly instance: number;
  readonly threads: number;
  readonly steps: readonly Step[];
}

export interface Plan {
  readonly seed: number;
  readonly increment: number;
  readonly members: readonly MemberPlan[];
}

export interface PlanOptions {
  /** Faults that can befall any instance, and those that only one on a disk of its own can suffer. */
  readonly faults: readonly string[];
  readonly diskFaults: readonly string[];
  readonly stepsOfEach: number;
  readonly pauseMsMax: number;
}

const increments = [5, 7, 32_767];
const instanceCount = 5;
const threadsMax = 3;

/** The same for the same seed. The first instance is the one with a disk of its own. */
export function planOf(seed: number, options: PlanOptions): Plan {
  const random = new Seeded(seed);
  const increment = increments[random.below(increments.length)] ?? 1;
  const deck = new Deck(options.faults, random);
  const diskDeck = new Deck(options.diskFaults, random);
  const members = Array.from({ length: instanceCount }, (_, index) => {
    const steps = Array.from({ length: options.stepsOfEach }, () => deck.draw());
    if (index === 0) steps[random.below(steps.length)] = diskDeck.draw();
    return {
      instance: index + 1,
      threads: 1 + random.below(threadsMax),
      steps: steps.map((fault) => ({
        fault,
        afterMs: random.below(options.pauseMsMax),
        seed: random.below(2 ** 32),
      })),
    };
  });
  return { seed, increment, members };
}

/** Cards in random order, shuffled again when all are drawn: none is left out for long. */
class Deck {
  #left: string[] = [];

  constructor(
    private readonly cards: readonly string[],
    private readonly random: Seeded,
  ) {}

  draw(): string {
    if (this.#left.length === 0) this.#left = [...this.cards];
    const [card = ''] = this.#left.splice(this.random.below(this.#left.length), 1);
    return card;
  }
}
