/** What is done to the files of an instance between two runs. */

import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { Seeded } from '../support/fixtures/seeded.js';
import { statusOf } from '../support/processes/status.js';
import type { Fault, FaultTable, Outcome } from './faults.js';
import type { Member } from './member.js';

const slotBytes = 4096;
const sectorBytes = 512;
const dayMs = 86_400_000;
const leapBits = 40;

/** Ends it, does something to its files, and starts it again. */
function atRest(act: (member: Member, random: Seeded) => Promise<Outcome>): Fault {
  return async (member, random) => {
    await (random.below(3) > 0 ? member.kill() : member.stop());
    const outcome = await act(member, random);
    await member.start();
    return outcome;
  };
}

/** Damages one slot of the two: all of it, its end as after a torn write, or one bit. */
function damageSlot(bytes: Buffer, random: Seeded): string {
  const slot = random.below(2);
  const end = (slot + 1) * slotBytes;
  const start = slot * slotBytes;
  switch (random.below(4)) {
    case 0:
      bytes.fill(0x00, start, end);
      return `slot ${slot} is zeros`;
    case 1:
      bytes.fill(0xff, start, end);
      return `slot ${slot} is ones`;
    case 2: {
      const sector = random.below(slotBytes / sectorBytes);
      bytes.fill(0x00, start + sector * sectorBytes, end);
      return `slot ${slot} is torn at sector ${sector}`;
    }
    default: {
      const offset = start + random.below(slotBytes);
      bytes[offset] = (bytes[offset] ?? 0) ^ (1 << random.below(8));
      return `a bit of byte ${offset} is flipped`;
    }
  }
}

/** Starts with a progress file in place that must be refused; then the right one is put back. */
async function refuses(member: Member, spoil: () => void): Promise<Outcome> {
  const right = readFileSync(member.progressPath);
  spoil();
  await member.assertEnds([65], member.spawn());
  writeFileSync(member.progressPath, right);
  return 'caused';
}

export const restingFaults: FaultTable = {
  'one bad slot': atRest(async (member, random) => {
    const bytes = readFileSync(member.progressPath);
    member.tell(damageSlot(bytes, random));
    writeFileSync(member.progressPath, bytes);
    return 'caused';
  }),
  'progress file cut short': atRest(async (member, random) => {
    const length = random.below(2 * slotBytes);
    return await refuses(member, () => truncateSync(member.progressPath, length));
  }),
  'older copy of the progress file': atRest(async (member) => {
    const older = readFileSync(member.progressPath);
    await member.start();
    await member.kill();
    return await refuses(member, () => writeFileSync(member.progressPath, older));
  }),
  'lock left behind at any time': atRest(async (member, random) => {
    if (!existsSync(member.lockPath)) mkdirSync(member.lockPath);
    const time = new Date(Date.now() + random.below(2 * dayMs) - dayMs);
    utimesSync(member.lockPath, time, time);
    return 'caused';
  }),
  'lock removed after a crash': async (member) => {
    await member.kill();
    rmdirSync(member.lockPath);
    await member.start();
    return 'caused';
  },
  'other parameters': atRest(async (member) => {
    await member.assertEnds([80], member.spawn(['-max', '1000000007']));
    return 'caused';
  }),
  advance: atRest(async (member, random) => {
    const leap = BigInt(random.below(2 ** (leapBits - 20))) << 20n;
    const { next } = await statusOf(member.confdir);
    await member.run(['advance', String(BigInt(next) + leap), '-yes'], 0);
    return 'caused';
  }),
};
