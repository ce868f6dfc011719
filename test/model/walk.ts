/** Single schedules, chosen by chance, where there are too many to go through all of them. */

import {
  type Finding,
  judgeState,
  type Model,
  type Step,
  startOf,
  stepsFrom,
  Violation,
} from './explore.js';

/** The same actor goes on in so many of so many cases: others are paused for long. */
const goOn = { cases: 7, of: 8 };
/** Things happen by themselves in one of so many cases. */
const happeningsOneIn = 25;

export interface Walk {
  readonly schedule: readonly string[];
  readonly finding: Finding | undefined;
}

/** One schedule to its end. `below`: a whole number from 0 to the one given, that one excluded. */
export async function walk<World, Call, Answer, Told>(
  model: Model<World, Call, Answer, Told>,
  below: (count: number) => number,
): Promise<Walk> {
  const schedule: string[] = [];
  let state = await startOf(model);
  let last: number | undefined;
  try {
    for (;;) {
      const steps = stepsFrom(model, state);
      await judgeState(model, state, steps);
      const step = pick(steps, last, below);
      if (step === undefined) return { schedule, finding: undefined };
      last = step.actor;
      schedule.push(step.label);
      state = await step.take();
    }
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return { schedule, finding: { message: error.message, schedule } };
  }
}

function pick<World, Call, Answer, Told>(
  steps: readonly Step<World, Call, Answer, Told>[],
  last: number | undefined,
  below: (count: number) => number,
): Step<World, Call, Answer, Told> | undefined {
  const own = steps.filter(({ actor }) => actor !== undefined);
  const lasts = own.filter(({ actor }) => actor === last);
  if (own.length === 0 || below(happeningsOneIn) === 0) return steps[below(steps.length)];
  const pool = lasts.length > 0 && below(goOn.of) < goOn.cases ? lasts : own;
  return pool[below(pool.length)];
}
