/** Faults that an instance must go on through, or come back from, while it serves. */

import { mkdirSync, rmdirSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/processes/txnid-process.js';
import type { Fault, FaultTable } from './faults.js';
import type { Member } from './member.js';

const pauseMsMax = 400;
const slowFlushMsMax = 600;
const clockStepSecondsMax = 7200;
const hourMs = 3_600_000;

/** A lock that is not its own any more ends it at the next refresh, within seconds. */
function lockFault(spoil: (path: string) => void): Fault {
  return async (member) => {
    spoil(member.lockPath);
    await member.assertEnds([69]);
    await member.start();
    return 'caused';
  };
}

function setTime(path: string, aheadMs: number): void {
  const time = new Date(Date.now() + aheadMs);
  utimesSync(path, time, time);
}

/** Waits until it has saved its progress, for which somebody has to ask for many numbers. */
async function savesProgress(member: Member): Promise<void> {
  const before = member.savedMs;
  await until(async () => {
    await member.load.demand();
    return member.savedMs !== before;
  }, 'progress is saved');
}

export const runningFaults: FaultTable = {
  'SIGSTOP, SIGCONT': async (member, random) => {
    member.process.signal('SIGSTOP');
    await sleep(random.below(pauseMsMax));
    member.process.signal('SIGCONT');
    await member.assertServes();
    return 'caused';
  },
  'second start while it is stopped': async (member) => {
    member.process.signal('SIGSTOP');
    try {
      await member.assertEnds([75], member.spawn());
    } finally {
      member.process.signal('SIGCONT');
    }
    await member.assertServes();
    return 'caused';
  },
  'second start while it serves': async (member) => {
    await member.assertEnds([75], member.spawn());
    return 'caused';
  },
  'slow flushes': async (member, random) => {
    member.disk.break(`slow ${1 + random.below(slowFlushMsMax)}`);
    await savesProgress(member);
    member.disk.mend();
    await member.assertServes();
    return 'caused';
  },
  'step of the clock': async (member, random) => {
    const seconds = random.below(2 * clockStepSecondsMax) - clockStepSecondsMax;
    member.tell(`the clock is ${seconds} s ahead`);
    member.clock.setAhead(seconds);
    await savesProgress(member);
    await member.assertServes();
    return 'caused';
  },
  'SIGHUP and SIGUSR1': async (member) => {
    for (const signal of ['SIGHUP', 'SIGUSR1'] as const) member.process.signal(signal);
    await until(() => member.process.stderr.includes('reserved below'), 'its status');
    return 'caused';
  },
  'lock removed': lockFault(rmdirSync),
  'lock made again': lockFault((path) => {
    rmdirSync(path);
    mkdirSync(path);
  }),
  'lock with a future time': lockFault((path) => setTime(path, hourMs)),
};

/** What befalls only an instance whose confdir is on a disk of its own. */
export const diskFaults: FaultTable = {
  'full disk': async (member, random) => {
    const { smallDisk } = member;
    if (smallDisk === undefined) return 'impossible';
    smallDisk.fill();
    try {
      await savesProgress(member);
      await (random.below(2) === 0 ? member.stop() : member.kill());
      await member.start();
      await member.stop();
    } finally {
      smallDisk.clear();
    }
    await member.start();
    return 'caused';
  },
};
