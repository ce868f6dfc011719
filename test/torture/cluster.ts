/** The instances of a planned cluster, each with its files, its disk and its clock. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyDisk } from '../simulation/faulty-disk.js';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { buildPreloadLibrary } from '../support/processes/preload-library.js';
import { SmallDisk } from '../support/processes/small-disk.js';
import { SteppedClock } from '../support/processes/stepped-clock.js';
import type { History } from './history.js';
import { Member } from './member.js';
import type { Plan } from './plan.js';

/** The libraries that daemons are run with. */
export interface Libraries {
  readonly flushFaults: string;
  readonly clockSteps: string;
}

export function buildLibraries(): Libraries {
  return {
    flushFaults: buildPreloadLibrary('flush-faults'),
    clockSteps: buildPreloadLibrary('clock-steps'),
  };
}

const smallDiskKib = 4096;

/** The members, not started yet. The first one has a disk of its own, where one can be mounted. */
export async function clusterOf(
  { increment, members, seed }: Plan,
  libraries: Libraries,
  history: History,
): Promise<Member[]> {
  const cluster: Member[] = [];
  for (const [index, { instance, threads }] of members.entries()) {
    const smallDisk = index === 0 ? SmallDisk.mount('tmpfs', smallDiskKib) : undefined;
    const confdir = join(smallDisk?.directory ?? freshDirectory(), 'confdir');
    mkdirSync(confdir, { mode: 0o750 });
    const [port, sessionPort] = [await freePort(), await freePort()];
    const disk = new FaultyDisk(libraries.flushFaults);
    const clock = new SteppedClock(libraries.clockSteps);
    const own = { instance, threads, confdir, port, sessionPort, disk, clock, smallDisk };
    cluster.push(new Member({ ...own, increment, history, seed: seed + index }));
  }
  return cluster;
}
