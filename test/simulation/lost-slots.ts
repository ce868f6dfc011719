import { slotBytes } from '../../src/progress/file/record.js';
import { recordsIn } from './instance-life.js';
import type { Situation } from './moments.js';
import { progressOf, simulatedPaths } from './simulated-files.js';
import { withBytes } from './simulated-machine.js';

/** The same with either slot gone bad on the medium, where both are good: one is to be survived. */
export function withoutSlots(situation: Situation): Situation[] {
  const { machine, history } = situation;
  const bytes = progressOf(machine) ?? Buffer.alloc(0);
  if (recordsIn(bytes).length < 2) return [];
  return [0, 1].map((slot) => {
    const life = situation.life.copy();
    life.uncertain();
    const left = Buffer.from(bytes).fill(0xa5, slot * slotBytes, (slot + 1) * slotBytes);
    const worn = withBytes(machine, simulatedPaths.progress, left);
    return { machine: worn, life, history: [...history, `crash, slot ${slot} gone bad`] };
  });
}
