/** Where histories begin. */

import { progressFileBytes } from '../../src/progress/file/disk.js';
import { numberAt, type Progression } from '../../src/sequence/progression.js';
import type { Exploration } from './exploration.js';
import { InstanceLife, recordsIn } from './instance-life.js';
import { withoutSlots } from './lost-slots.js';
import type { Situation } from './moments.js';
import { progressOf, simulatedPaths } from './simulated-files.js';
import { emptyMachine, withBytes } from './simulated-machine.js';

/** An empty confdir. */
export function nothing(progression: Progression): Situation {
  return { machine: emptyMachine, life: new InstanceLife(progression), history: [] };
}

/** An instance that was stopped, one that crashed, and one of each that lost either slot. */
export async function usedBefore(
  exploration: Exploration,
  progression: Progression,
): Promise<Situation[]> {
  const start = nothing(progression);
  const stopped = await exploration.situation(start, ['start', 'serve', 'stop']);
  const crashed = await exploration.situation(start, ['start', 'serve', 'serve', 'kill']);
  return [stopped, crashed, ...[stopped, crashed].flatMap(withoutSlots)];
}

/** An instance that both slots went bad of: only an operator can say where to go on. */
export async function damaged(
  exploration: Exploration,
  progression: Progression,
): Promise<Situation> {
  const used = await exploration.situation(nothing(progression), ['start', 'serve', 'kill']);
  const bytes = Buffer.alloc(progressFileBytes, 0xa5);
  const life = used.life.copy();
  life.mustBeRefused = true;
  life.mayBeRefused = true;
  const machine = withBytes(used.machine, simulatedPaths.progress, bytes);
  return { machine, life, history: [...used.history, 'both slots gone bad'] };
}

/**
 * Instances whose file became one of these while they were stopped, with a record in it that is intact;
 * nobody knows what they have handed out.
 */
export async function spoilt(
  exploration: Exploration,
  progression: Progression,
  spoilings: readonly ((bytes: Buffer) => Uint8Array)[],
): Promise<Situation[]> {
  const situations = await usedBefore(exploration, progression);
  return situations.flatMap(({ machine, life, history }) =>
    spoilings.flatMap((spoil) => {
      const bytes = spoil(progressOf(machine) ?? Buffer.alloc(0));
      if (recordsIn(bytes).length === 0) return [];
      const isRefused = { isVouchedFor: false, mustBeRefused: true, mayBeRefused: true };
      return {
        machine: withBytes(machine, simulatedPaths.progress, bytes),
        life: Object.assign(life.copy(), isRefused),
        history: [...history, `spoilt to ${bytes.length} bytes`],
      };
    }),
  );
}

/** An instance that was advanced to about `distance` numbers before its end. */
export async function nearEnd(
  exploration: Exploration,
  progression: Progression,
  distance: bigint,
): Promise<Situation> {
  const { instance, increment, max } = progression;
  const last = (max - instance) / increment;
  const life = new InstanceLife(progression);
  const start = { ...nothing(progression), life };
  const number = numberAt(progression, last - distance);
  return await exploration.situation(start, [{ advanceTo: number }]);
}
