/** Sequences for tests: on the files of a confdir, and on a simulated disk. */

import { type Choice, positionOf } from '../../src/progress/file/choice.js';
import { chooseRecord } from '../../src/progress/file/content.js';
import { type DiskProtocol, run, runSync } from '../../src/progress/file/disk.js';
import { ProgressFile } from '../../src/progress/file/file.js';
import type { Saving } from '../../src/progress/reservation.js';
import { Sequence, type SequenceStore } from '../../src/progress/sequence.js';
import type { StoreOptions } from '../../src/progress/store.js';
import type { Progression } from '../../src/sequence/progression.js';
import {
  openStore,
  ownOwner,
  parametersOf,
  progressionOf,
} from '../support/fixtures/progress-fixture.js';
import type { SimulatedDisk } from './simulated-disk.js';

/** Opens the sequence of a confdir as the embedded library does. */
export async function openSequence(
  confdir: string,
  progression: Progression = progressionOf(),
  changes: Partial<StoreOptions> = {},
): Promise<Sequence> {
  const store = await openStore(confdir, progression, changes);
  try {
    return await beginSequence(store, progression);
  } catch (error) {
    await store.release();
    throw error;
  }
}

/** Begins a sequence on what a disk reads; throws what a start would be refused with. */
export async function simulateSequence(
  disk: SimulatedDisk,
  progression: Progression,
  clock?: () => number,
): Promise<Sequence> {
  return await beginSequence(simulateStore(disk), progression, clock);
}

async function beginSequence(
  store: SequenceStore,
  progression: Progression,
  clock?: () => number,
): Promise<Sequence> {
  const sequence = new Sequence(store, progression, parametersOf(progression), { clock });
  await sequence.begin();
  return sequence;
}

/** What a sequence needs of a store, without locks and trail. */
function simulateStore(disk: SimulatedDisk): SequenceStore {
  const image = disk.cached;
  const choice = chooseRecord(image);
  if ('unusable' in choice) throw new UnusableError(choice.unusable);
  return storeOf(disk, image, choice);
}

export class UnusableError extends Error {}

function storeOf(disk: SimulatedDisk, image: Uint8Array, choice: Choice): SequenceStore {
  let events = 0;
  const file = new ProgressFile('/simulated/txnid.dat', image, choice, () => ({
    trailHead: String(events),
  }));
  const since = '2026-01-02T03:04:05.678Z';
  const writes = function* (saving: Saving): DiskProtocol<void> {
    for (const progress of saving) yield* file.write({ ...progress, owner: ownOwner(), since });
  };
  const save = async (saving: Saving) => await run(disk, writes(saving));
  const saveTrailHead = async () => await run(disk, file.saveTrailHead());
  return {
    found: choice.record,
    get saved() {
      return file.record;
    },
    get failure() {
      return file.failure;
    },
    position: (progression) => positionOf(choice, progression),
    save,
    saveNow: (saving) => runSync(disk, writes(saving)),
    close: async (saving) => {
      await save(saving);
      events++;
      await saveTrailHead();
    },
    tellUntold: () => {},
    tellInBackground: async () => {
      events++;
    },
    saveTrailHead,
    notice: () => {},
    noticeRepair: () => {},
    release: async () => {},
  };
}
