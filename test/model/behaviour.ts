/**
 * All that a program was seen to do, as a tree over the answers it got. Each history is run once; a
 * search that comes by again, from however many states of the rest of the world, looks it up.
 */

import { type Answered, type Asked, type Program, replay } from './replay.js';

export interface Moment<Call, Answer, Told> {
  /** Different for each moment of one behaviour. */
  readonly id: number;
  readonly history: readonly Answered<Answer>[];
  /** What the program waits for now. */
  readonly asked: readonly Asked<Call>[];
  /** What it told since the moment before. */
  readonly news: readonly Told[];
  readonly toldCount: number;
  readonly hasEnded: boolean;
  readonly next: Map<string, Moment<Call, Answer, Told>>;
}

export class Behaviour<Call, Answer, Told> {
  readonly #program: Program<Call, Answer, Told>;
  #start: Moment<Call, Answer, Told> | undefined;
  #moments = 0;

  constructor(program: Program<Call, Answer, Told>) {
    this.#program = program;
  }

  /** Moments seen so far. */
  get moments(): number {
    return this.#moments;
  }

  async start(): Promise<Moment<Call, Answer, Told>> {
    this.#start ??= await this.#see([], 0);
    return this.#start;
  }

  /** After one more answer; `key` tells it from the others to the same call. */
  async after(
    moment: Moment<Call, Answer, Told>,
    answered: Answered<Answer>,
    key: string,
  ): Promise<Moment<Call, Answer, Told>> {
    const path = `${answered.id} ${key}`;
    const known = moment.next.get(path);
    if (known !== undefined) return known;
    const next = await this.#see([...moment.history, answered], moment.toldCount);
    moment.next.set(path, next);
    return next;
  }

  async #see(history: readonly Answered<Answer>[], toldBefore: number) {
    const { asked, told, hasEnded } = await replay(this.#program, history);
    return {
      id: this.#moments++,
      history,
      asked,
      news: told.slice(toldBefore),
      toldCount: told.length,
      hasEnded,
      next: new Map(),
    };
  }
}
