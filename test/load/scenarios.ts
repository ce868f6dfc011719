/** All that the service is loaded with, in two sizes: whole, and small enough for every run of tests. */

import { buildProgram } from '../bench/native.js';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { descriptorLimit } from '../support/processes/usage.js';
import { changingLoad } from './changing-load.js';
import { buildCrowd, Crowds } from './crowd.js';
import {
  backlogBurst,
  idleSessions,
  oneShotCrowd,
  sessionFlood,
  vanishedSessions,
} from './crowd-scenarios.js';
import { dayOfNumbers, oneShots, resetsInReplies, slowReaders } from './memory-scenarios.js';
import { shortage } from './shortage-scenario.js';

export interface Sizes {
  readonly clients: number;
  /** More than the backlog of 4096. */
  readonly burst: number;
  readonly vanished: number;
  readonly slowReaders: number;
  readonly resets: number;
  readonly oneShots: number;
  readonly dayOfNumbers: number;
  readonly phaseSeconds: number;
}

/** As many at once as are asked for, or as the limit of open files leaves to a process. */
const crowdMax = Math.min(20_000, descriptorLimit() - 100);

export const wholeSizes: Sizes = {
  clients: crowdMax,
  burst: crowdMax,
  vanished: 5000,
  slowReaders: 400,
  resets: 5000,
  oneShots: 1_000_000,
  // A thousand a second for a day.
  dayOfNumbers: 86_400_000,
  phaseSeconds: 5,
};

export const smokeSizes: Sizes = {
  clients: 1000,
  burst: 4500,
  vanished: 100,
  slowReaders: 20,
  resets: 60,
  oneShots: 3000,
  dayOfNumbers: 2_000_000,
  phaseSeconds: 0.3,
};

/** Runs one; it throws an AssertionError where something does not hold. Resolves to what was measured. */
type Scenario = () => Promise<string>;

/** By what they promise. */
export function scenarios(sizes: Sizes): ReadonlyMap<string, Scenario> {
  const program = buildCrowd();
  const withCrowds = (run: (crowds: Crowds) => Promise<string>) => async () => {
    const crowds = new Crowds(program);
    return await run(crowds).finally(() => crowds.end());
  };
  const directory = freshDirectory();
  const programs = {
    oneShotLoad: buildProgram('one-shot-load', directory),
    sessionLoad: buildProgram('session-load', directory),
    recordingLoad: buildProgram('recording-load', directory),
  };
  const { clients, burst } = sizes;
  return new Map<string, Scenario>([
    [
      `${clients} clients of the one-shot port at once`,
      withCrowds((crowds) => oneShotCrowd(crowds, clients)),
    ],
    [
      `${burst} clients while the server does not accept`,
      withCrowds((crowds) => backlogBurst(crowds, burst)),
    ],
    [`${clients} idle sessions`, withCrowds((crowds) => idleSessions(crowds, clients))],
    [
      `${clients} sessions where a quarter has room`,
      withCrowds((crowds) => sessionFlood(crowds, clients)),
    ],
    [
      `${sizes.vanished} sessions that vanish`,
      withCrowds((crowds) => vanishedSessions(crowds, sizes.vanished)),
    ],
    ['no descriptors left', withCrowds(shortage)],
    [`${sizes.slowReaders} clients that never read`, () => slowReaders(sizes.slowReaders)],
    [`${sizes.resets} resets in the middle of replies`, () => resetsInReplies(sizes.resets)],
    [`${sizes.oneShots} one-shot connections`, () => oneShots(programs, sizes.oneShots)],
    [
      'loads that come and go on both ports at once',
      () => changingLoad(programs.recordingLoad, sizes.phaseSeconds),
    ],
    [
      `${sizes.dayOfNumbers} numbers on sessions, twice`,
      () => dayOfNumbers(programs, sizes.dayOfNumbers),
    ],
  ]);
}
