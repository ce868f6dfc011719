/**
 * A long random history of one instance: runs of many operations, calls that fail, crashes, power
 * cuts and slots that go bad. All of it follows from the seed.
 */

import assert from 'node:assert/strict';
import { numberMax, numbersPerHigh, type Progression } from '../../src/sequence/progression.js';
import type { Seeded } from '../support/fixtures/seeded.js';
import { InstanceLife } from './instance-life.js';
import { withoutSlots } from './lost-slots.js';
import { type Fault, faultsOf, honestFaults, type Situation, Watch } from './moments.js';
import { type Operation, perform } from './operations.js';
import { progressOf, simulatedPaths } from './simulated-files.js';
import { SimulatedInstance } from './simulated-instance.js';
import { SimulatedKernel } from './simulated-kernel.js';
import { emptyMachine, evicted, randomPowerCut } from './simulated-machine.js';
import type { SectorBytes } from './torn-writes.js';

const runsMax = 20;
const operationsMax = 8;
/** As a rule whole highs, as everybody has them who sets nothing. */
const markEveryValues = [numbersPerHigh, numbersPerHigh, 1000n, 7n, 1n];

export interface HistoryCounts {
  runs: number;
  faults: number;
  powerCuts: number;
  crashes: number;
  slotsLost: number;
  trailsEmptied: number;
}

/** Lives through a history. Throws what must not happen, with the history in its message. */
export async function liveThrough(seeded: Seeded, counts: HistoryCounts): Promise<void> {
  const progression = randomProgression(seeded);
  const other = randomProgression(seeded);
  const sectorBytes = seeded.below(4) === 0 ? 4096 : 512;
  const life = new InstanceLife(progression);
  let situation: Situation = { machine: emptyMachine, life, history: [] };
  for (let left = 1 + seeded.below(runsMax); left > 0; left--) {
    situation = await liveOnce(situation, { seeded, counts, other, sectorBytes });
  }
  const last = new SimulatedInstance(new SimulatedKernel(situation.machine), situation.life);
  const { history } = situation;
  await told(history, perform(last, 'start', other, false));
  if (last.isRunning) await told(history, perform(last, 'stop', other, false));
  await told([...history, 'lost', 'rebuild'], refuseLost(last, other));
}

/** A file that was lost, and put back after another one was made in its place, is refused. */
async function refuseLost(instance: SimulatedInstance, other: Progression): Promise<void> {
  const { kernel } = instance;
  const lost = progressOf(kernel.machine);
  kernel.putFile(simulatedPaths.progress, undefined);
  await perform(instance, 'rebuild', other, false);
  // The command refuses an end of the sequence before it makes a file.
  if (!(await perform(instance, 'start', other, false))) return;
  await perform(instance, 'serve', other, false);
  await perform(instance, 'stop', other, false);
  kernel.putFile(simulatedPaths.progress, lost);
  await assert.rejects(instance.start(), { code: 'state', message: /is an older copy/ });
}

interface Circumstances {
  readonly seeded: Seeded;
  readonly counts: HistoryCounts;
  readonly other: Progression;
  readonly sectorBytes: SectorBytes;
}

async function liveOnce(situation: Situation, around: Circumstances): Promise<Situation> {
  const { seeded, counts, other } = around;
  const instance = new SimulatedInstance(
    new SimulatedKernel(situation.machine),
    situation.life.copy(),
  );
  instance.life.markEvery = markEveryValues[seeded.below(markEveryValues.length)] ?? numbersPerHigh;
  const fault = seeded.below(3) === 0 ? randomFault(seeded) : undefined;
  const history = [...situation.history, `marks every ${instance.life.markEvery}`];
  if (fault !== undefined) history.push(`call ${fault.at} ${fault.kind}`);
  const watch = new Watch(instance, history);
  watch.begin(fault);
  counts.runs++;
  counts.faults += fault === undefined ? 0 : 1;
  for (let left = 1 + seeded.below(operationsMax); left > 0; left--) {
    if (instance.isRunning && seeded.below(20) === 0) {
      instance.kernel.emptyFile(simulatedPaths.audit);
      history.push('trail emptied');
      counts.trailsEmptied++;
    }
    const operation = randomOperation(seeded, instance.isRunning);
    history.push(String(operation));
    await told(history, perform(instance, operation, other, fault !== undefined));
  }
  const moments = watch.end();
  const last = moments.at(-1) ?? situation;
  const moment = seeded.below(2) === 0 ? (moments[seeded.below(moments.length)] ?? last) : last;
  return aftermath({ ...moment, history: [...history, ...moment.history.slice(-1)] }, around);
}

function aftermath(moment: Situation, around: Circumstances): Situation {
  const { seeded, counts, sectorBytes } = around;
  const { machine, history } = moment;
  switch (seeded.below(4)) {
    case 0:
      counts.crashes++;
      return { ...moment, machine: evicted(machine) ?? machine, history: [...history, 'crash'] };
    case 1: {
      const [one, other] = withoutSlots(moment);
      counts.slotsLost += one === undefined ? 0 : 1;
      return (seeded.below(2) === 0 ? one : other) ?? moment;
    }
    default: {
      counts.powerCuts++;
      const left = randomPowerCut(machine, sectorBytes, seeded);
      return { ...moment, machine: left, history: [...history, 'power cut'] };
    }
  }
}

async function told(history: readonly string[], act: Promise<unknown>): Promise<void> {
  try {
    await act;
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: String(error) };
    throw new Error(`${message}\nafter: ${history.join(' · ')}`, { cause: error });
  }
}

function randomOperation(seeded: Seeded, isRunning: boolean): Operation {
  if (isRunning) return oneOf(seeded, ['serve', 'serve', 'reserve ahead', 'stop', 'kill']);
  return oneOf(seeded, ['start', 'start', 'start', 'advance', 'accept']);
}

function randomFault(seeded: Seeded): Fault {
  const at = seeded.below(80);
  const names = ['flush', 'write', 'read', 'link'] as const;
  const kinds = faultsOf(oneOf(seeded, names)).filter((kind) => honestFaults.includes(kind));
  return { at, kind: oneOf(seeded, kinds), isForEver: seeded.below(2) === 0 };
}

function randomProgression(seeded: Seeded): Progression {
  const instance = oneOf(seeded, [0n, 1n, 5n, 32767n]);
  const increment = oneOf(seeded, [1n, 2n, 3n, 7n, 4096n, 32767n]);
  return { instance, increment, max: oneOf(seeded, [numberMax, numberMax, 1_500_000n]) };
}

function oneOf<Item>(seeded: Seeded, items: readonly Item[]): Item {
  return items[seeded.below(items.length)] as Item;
}
