/** Faults that end an instance, and the next start of it, which must serve. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Seeded } from '../support/fixtures/seeded.js';
import type { Fault, FaultTable } from './faults.js';
import type { Member } from './member.js';

const stopMsMax = 40;
const startMsMax = 400;
const slowFlushMs = 400;
/** What a limit on the size of files leaves writable, and how the service may end then. */
const fileSizes = {
  'half a slot': { bytes: 2048, codes: [74] },
  // Only every other record goes into the second slot.
  'one slot': { bytes: 4096, codes: [0, 74] },
  // All but an audit trail that is longer than that.
  'the progress file': { bytes: 8192, codes: [0] },
} as const;

type FileSize = (typeof fileSizes)[keyof typeof fileSizes];

function flushFault(fault: 'eio' | 'once'): Fault {
  return async (member) => {
    member.disk.break(fault);
    await member.load.demand();
    await member.end('SIGTERM', [74]);
    member.disk.mend();
    await member.start();
    return 'caused';
  };
}

function fileSizeFault({ bytes, codes }: FileSize): Fault {
  return async (member) => {
    member.limitFileSize(bytes);
    for (let demands = 3; demands > 0 && !member.process.hasEnded; demands--) {
      await member.load.demand();
    }
    const { code, stderr } = await member.end('SIGTERM', codes);
    await member.start();
    return code === 74 || stderr.includes('audit trail') ? 'caused' : 'missed';
  };
}

/** Signals in the middle of a start; with SIGTERM it may also come to serve before. */
function startFault(signal: 'SIGKILL' | 'SIGTERM'): Fault {
  return async (member, random) => {
    await endSomehow(member, random);
    const starting = member.spawn();
    await sleep(random.below(startMsMax));
    starting.signal(signal);
    // Before the program runs at all, SIGTERM does what it does by default.
    await member.assertEnds(signal === 'SIGKILL' ? ['SIGKILL'] : [0, 'SIGTERM'], starting);
    await member.start();
    return 'caused';
  };
}

async function endSomehow(member: Member, random: Seeded): Promise<void> {
  await (random.below(2) === 0 ? member.kill() : member.stop());
}

export const endingFaults: FaultTable = {
  SIGKILL: async (member) => {
    await member.kill();
    await member.start();
    return 'caused';
  },
  SIGTERM: async (member) => {
    await member.stop();
    await member.start();
    return 'caused';
  },
  'SIGKILL in the middle of a stop': async (member, random) => {
    member.process.signal('SIGTERM');
    await sleep(random.below(stopMsMax));
    const { signal } = await member.end('SIGKILL', [0, 'SIGKILL']);
    await member.start();
    return signal === 'SIGKILL' ? 'caused' : 'missed';
  },
  'SIGKILL while it is stopped': async (member) => {
    member.process.signal('SIGSTOP');
    await member.kill();
    await member.start();
    return 'caused';
  },
  'SIGKILL in the middle of a flush': async (member, random) => {
    member.disk.break(`slow ${slowFlushMs}`);
    const demand = member.load.demand();
    await sleep(random.below(slowFlushMs));
    await member.kill();
    await demand;
    member.disk.mend();
    await member.start();
    return 'caused';
  },
  'SIGKILL in the middle of a start': startFault('SIGKILL'),
  'SIGTERM in the middle of a start': startFault('SIGTERM'),
  'flushes that fail': flushFault('eio'),
  'a flush that fails once': flushFault('once'),
  'flushes that fail during a start': async (member, random) => {
    await endSomehow(member, random);
    member.disk.break('eio');
    await member.assertEnds([74], member.spawn());
    member.disk.mend();
    await member.start();
    return 'caused';
  },
  'two starts at once': async (member, random) => {
    await endSomehow(member, random);
    const starting = [member.spawn(), member.spawn()];
    const loser = await Promise.race(
      starting.map(async (process) => {
        await process.ended;
        return process;
      }),
    );
    await member.assertEnds([75], loser);
    for (const process of starting) if (process !== loser) await member.adopt(process);
    return 'caused';
  },
  ...Object.fromEntries(
    Object.entries(fileSizes).map(([what, size]) => [
      `no file beyond ${what}`,
      fileSizeFault(size),
    ]),
  ),
};
