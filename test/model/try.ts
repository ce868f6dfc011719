import './kernel-calls.js';
import { explore } from './explore.js';
import { Owners } from './owners.js';
import { Ownership, type OwnershipOptions } from './ownership.js';

const long = [
  { kind: 'claim', count: 1 },
  { kind: 'reserve', count: 70000 },
  { kind: 'claim', count: 70000 },
] as const;
const short = [
  { kind: 'reserve', count: 70000 },
  { kind: 'claim', count: 70000 },
] as const;
const lib = [
  { kind: 'take', count: 1 },
  { kind: 'take', count: 70000 },
] as const;
const o = new Owners(process.env.LONG ? long : process.env.LIB ? lib : short);
const several = new Owners(short, 'several');
const runs: Record<string, OwnershipOptions> = {
  kill: { owners: o, count: 2, chances: { kill: 1 } },
  three: { owners: o, count: 3 },
  invisible: { owners: o, count: 2, lacks: { visibleLock: true } },
  lock: { owners: o, count: 2, chances: { removeLock: 1, refresh: 1 } },
  relock: { owners: o, count: 2, chances: { remakeLock: 1, refresh: 1 } },
  restore: { owners: o, count: 2, chances: { restore: 1 } },
  inplace: { owners: o, count: 2, chances: { restoreInPlace: 1 } },
  remove: { owners: o, count: 2, chances: { remove: 1 } },
  replace: { owners: o, count: 2, chances: { replace: 1 } },
  rollback: { owners: o, count: 2, chances: { rollBack: 1 } },
  lacksboth: { owners: o, count: 2, lacks: { flock: true, fence: true } },
  lacksflock: { owners: o, count: 2, lacks: { flock: true } },
  several: { owners: several, count: 2, chances: { wait: 1 } },
  severalnoflock: { owners: several, count: 2, chances: { wait: 1 }, lacks: { flock: true } },
  first: { owners: o, count: 2, isFirst: true },
  firstremove: { owners: o, count: 2, isFirst: true, chances: { remove: 1 }, otherEnds: ['save'] },
};
for (const pick of process.argv.slice(2)) {
  const t = process.cpuUsage();
  const r0 = o.runs + several.runs;
  const ownership = new Ownership(runs[pick] as OwnershipOptions);
  const model = await ownership.model();
  const result = await explore(model, Number(process.env.MAX ?? 200000));
  process.stdout.write(
    `${pick} ${JSON.stringify({ ...result, finding: result.finding?.message }) + (result.finding && process.env.V ? '\n  ' + result.finding.schedule.slice(-30).join('\n  ') : '')}\n${o.runs + several.runs - r0} runs ${Math.round(process.cpuUsage(t).user / 1000)} ms cpu ${JSON.stringify([...ownership.ends])}\n`,
  );
}
