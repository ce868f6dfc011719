/** One round of torture: a cluster through its plan, and the verdict on all it has handed out. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Seeded } from '../support/fixtures/seeded.js';
import { clusterOf, type Libraries } from './cluster.js';
import { keepEvidence } from './evidence.js';
import { faultNamed } from './faults.js';
import { History } from './history.js';
import { judge } from './judge.js';
import { type Member, names } from './member.js';
import type { MemberPlan, Plan } from './plan.js';

export interface Verdict {
  readonly history: History;
  /** How many numbers clients received. */
  readonly numbers: bigint;
  /** What was wrong, if anything; then `evidence` is where everything was kept. */
  readonly faults: readonly string[];
  readonly evidence: string | undefined;
}

/** Never throws because of what an instance does: that is what the verdict tells. */
export async function tortureRound(plan: Plan, libraries: Libraries): Promise<Verdict> {
  const history = new History();
  const members = await clusterOf(plan, libraries, history);
  const faults = await sufferings(plan, members, history);
  for (const member of members) if (!member.process.hasEnded) await member.process.end('SIGKILL');
  await Promise.all(members.map(({ load }) => load.stop()));
  const recordings = new Map(members.map((one) => [one.instance, one.recording.receipts]));
  faults.push(...judge(plan.increment, recordings));
  for (const name of names) {
    const own = members.map((one) => [one.instance, one.named.get(name)?.receipts ?? []] as const);
    faults.push(...judge(plan.increment, new Map(own)).map((fault) => `${name}: ${fault}`));
  }
  const evidence = faults.length > 0 ? keepEvidence(plan, members, history, faults) : undefined;
  for (const { smallDisk } of members) smallDisk?.unmount();
  const numbers = members.reduce((sum, { recording }) => sum + recording.numbers, 0n);
  return { history, numbers, faults, evidence };
}

async function sufferings(plan: Plan, members: Member[], history: History): Promise<string[]> {
  const lives = plan.members.map(async (memberPlan, index) => {
    const member = members[index];
    if (member !== undefined) await live(member, memberPlan, history);
  });
  const outcomes = await Promise.allSettled(lives);
  return outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [String(outcome.reason?.stack ?? outcome.reason)] : [],
  );
}

/** From the first start through all the faults to a clean stop, after which the trail is whole. */
async function live(member: Member, plan: MemberPlan, history: History): Promise<void> {
  await member.start();
  for (const { fault, afterMs, seed } of plan.steps) {
    await sleep(afterMs);
    member.assertSound();
    member.tell(fault);
    history.count(fault, await faultNamed(fault)(member, new Seeded(seed)));
    member.assertSound();
  }
  await member.stop();
  await member.run(['audit', '-verify'], 0);
}
