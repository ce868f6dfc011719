/**
 * The search through everything that can happen to some programs in one world: breadth first, so that
 * the first violation found has the fewest steps, and over states that are told apart by a key, so
 * that what was reached in two ways is gone on from once. Deterministic.
 */

import type { Behaviour, Moment } from './behaviour.js';
import type { Asked } from './replay.js';

/** Something that must never happen did. */
export class Violation extends Error {}

interface Performed<World, Answer> {
  readonly world: World;
  readonly answer: Answer;
  /** Tells the answer from others to the same call. */
  readonly key: string;
}

/** What happens to the world by itself. */
export interface Happening<World> {
  readonly label: string;
  readonly world: World;
  /** The actor that it is the end of. */
  readonly killed?: number;
}

/** Programs in a world. All functions are pure but for what they throw: a Violation. */
export interface Model<World, Call, Answer, Told> {
  readonly actors: readonly Behaviour<Call, Answer, Told>[];
  readonly world: World;
  readonly keyOf: (world: World) => string;
  readonly labelOf: (world: World, actor: number, call: Call) => string;
  /** Carries out a call; undefined while it has to wait. */
  readonly perform: (
    world: World,
    actor: number,
    call: Call,
  ) => Performed<World, Answer> | undefined;
  /** Calls that need no pause before them: nobody can tell whether there was one. */
  readonly isQuiet: (world: World, actor: number, call: Call) => boolean;
  readonly hear: (world: World, actor: number, told: Told) => World;
  /** An actor has ended, or was killed. */
  readonly leave: (world: World, actor: number) => World;
  readonly happenings: (world: World, isThere: readonly boolean[]) => readonly Happening<World>[];
  /** Nobody is left. */
  readonly judgeEnd: (world: World) => Promise<void>;
}

export interface State<World, Call, Answer, Told> {
  readonly world: World;
  /** Where each actor stands; undefined: it is gone. */
  readonly moments: readonly (Moment<Call, Answer, Told> | undefined)[];
}

export interface Step<World, Call, Answer, Told> {
  readonly label: string;
  /** Whose step it is; undefined for what happens by itself. */
  readonly actor: number | undefined;
  readonly take: () => Promise<State<World, Call, Answer, Told>>;
}

export async function startOf<World, Call, Answer, Told>(
  model: Model<World, Call, Answer, Told>,
): Promise<State<World, Call, Answer, Told>> {
  const moments: Moment<Call, Answer, Told>[] = [];
  // One after the other: programs share this process.
  for (const actor of model.actors) moments.push(await actor.start());
  return { world: model.world, moments };
}

/** Everything that can happen next. */
export function stepsFrom<World, Call, Answer, Told>(
  model: Model<World, Call, Answer, Told>,
  state: State<World, Call, Answer, Told>,
): Step<World, Call, Answer, Told>[] {
  const steps = state.moments.flatMap((moment, actor) =>
    (moment?.asked ?? []).flatMap((asked) => {
      const performed = model.perform(state.world, actor, asked.call);
      if (performed === undefined) return [];
      const label = `${actor + 1}: ${model.labelOf(state.world, actor, asked.call)}`;
      return [{ label, actor, take: () => proceed(model, state, actor, asked, performed) }];
    }),
  );
  const isThere = state.moments.map((moment) => moment !== undefined);
  const happenings = model.happenings(state.world, isThere).map(({ label, world, killed }) => ({
    label,
    actor: undefined,
    take: async () => {
      if (killed === undefined) return { ...state, world };
      return { world: model.leave(world, killed), moments: without(state.moments, killed) };
    },
  }));
  return [...steps, ...happenings];
}

async function proceed<World, Call, Answer, Told>(
  model: Model<World, Call, Answer, Told>,
  state: State<World, Call, Answer, Told>,
  actor: number,
  first: Asked<Call>,
  firstPerformed: Performed<World, Answer>,
): Promise<State<World, Call, Answer, Told>> {
  const behaviour = model.actors[actor];
  let moment = state.moments[actor];
  let { world } = state;
  let asked: Asked<Call> | undefined = first;
  let performed: Performed<World, Answer> | undefined = firstPerformed;
  while (behaviour && moment && asked && performed) {
    const answered = { id: asked.id, answer: performed.answer };
    moment = await behaviour.after(moment, answered, performed.key);
    world = moment.news.reduce((heard, told) => model.hear(heard, actor, told), performed.world);
    const heard = world;
    asked = moment.asked.find(({ call }) => model.isQuiet(heard, actor, call));
    performed = asked && model.perform(world, actor, asked.call);
  }
  if (moment?.hasEnded === false) {
    return { world, moments: state.moments.map((other, at) => (at === actor ? moment : other)) };
  }
  return { world: model.leave(world, actor), moments: without(state.moments, actor) };
}

function without<Item>(items: readonly (Item | undefined)[], gone: number): (Item | undefined)[] {
  return items.map((item, at) => (at === gone ? undefined : item));
}

/** Throws a Violation where a state is the end of a schedule and must not be. */
export async function judgeState<World, Call, Answer, Told>(
  model: Model<World, Call, Answer, Told>,
  state: State<World, Call, Answer, Told>,
  steps: readonly unknown[],
): Promise<void> {
  if (state.moments.every((moment) => moment === undefined)) await model.judgeEnd(state.world);
  else if (steps.length === 0) throw new Violation('nobody can go on');
}

export interface Finding {
  readonly message: string;
  /** What happened, in order. */
  readonly schedule: readonly string[];
}

export interface Exploration {
  /** Different states reached, and the steps between them. */
  readonly states: number;
  readonly steps: number;
  /** Whether nothing was left out because of `statesMax`. */
  readonly isComplete: boolean;
  /** The violation with the fewest steps, if there is any. */
  readonly finding: Finding | undefined;
}

interface Arrival {
  readonly from: number;
  readonly label: string;
}

/** Goes through all states that can be reached, or the nearest `statesMax` of them. */
export async function explore<World, Call, Answer, Told>(
  model: Model<World, Call, Answer, Told>,
  statesMax: number,
): Promise<Exploration> {
  const keyOf = ({ world, moments }: State<World, Call, Answer, Told>): string =>
    `${moments.map((moment) => moment?.id ?? '').join(' ')}|${model.keyOf(world)}`;
  const queue: (State<World, Call, Answer, Told> | undefined)[] = [await startOf(model)];
  const arrivals: Arrival[] = [{ from: -1, label: '' }];
  const seen = new Set(queue.map((state) => (state ? keyOf(state) : '')));
  let steps = 0;
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at];
    if (state === undefined) continue;
    // States that were gone on from are not needed any more.
    queue[at] = undefined;
    const next = stepsFrom(model, state);
    let label = '';
    try {
      await judgeState(model, state, next);
      for (const step of next) {
        label = step.label;
        steps++;
        const reached = await step.take();
        const key = keyOf(reached);
        if (seen.has(key) || seen.size >= statesMax) continue;
        seen.add(key);
        queue.push(reached);
        arrivals.push({ from: at, label });
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const schedule = [...scheduleTo(arrivals, at), label].filter((one) => one !== '');
      const finding = { message: error.message, schedule };
      return { states: seen.size, steps, isComplete: false, finding };
    }
  }
  return { states: seen.size, steps, isComplete: seen.size < statesMax, finding: undefined };
}

function scheduleTo(arrivals: readonly Arrival[], state: number): string[] {
  const labels: string[] = [];
  for (let at = state; at > 0; at = arrivals[at]?.from ?? 0)
    labels.unshift(arrivals[at]?.label ?? '');
  return labels;
}
