/** All that can befall an instance, by name. */

import type { Seeded } from '../support/fixtures/seeded.js';
import { endingFaults } from './ending-faults.js';
import type { Outcome } from './history.js';
import type { Member } from './member.js';
import { restingFaults } from './resting-faults.js';
import { diskFaults, runningFaults } from './running-faults.js';

export type { Outcome } from './history.js';

/**
 * Befalls an instance that serves, and leaves it serving again. Throws when the instance does
 * anything that this fault does not allow, its exit code included.
 */
export type Fault = (member: Member, random: Seeded) => Promise<Outcome>;

export type FaultTable = Readonly<Record<string, Fault>>;

/** The names to plan with. */
export const faultNames = {
  faults: Object.keys({ ...runningFaults, ...endingFaults, ...restingFaults }),
  diskFaults: Object.keys(diskFaults),
};

export function faultNamed(name: string): Fault {
  const all = { ...runningFaults, ...endingFaults, ...restingFaults, ...diskFaults };
  const fault = all[name];
  if (fault === undefined) throw new Error(`there is no fault "${name}"`);
  return fault;
}
