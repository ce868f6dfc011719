import './kernel-calls.js';
import { explore } from './explore.js';
import { Ownership, type OwnershipOptions } from './ownership.js';
const deeds = [{kind:'claim',count:1},{kind:'reserve',count:70000},{kind:'claim',count:70000}] as const;
const runs: Record<string, OwnershipOptions> = {
  plain: { owners: 2, deeds },
  kills: { owners: 2, deeds, chances: { kill: 2 } },
  lacksflock: { owners: 2, deeds, lacks: { flock: true } },
  lacksboth: { owners: 2, deeds, lacks: { flock: true, fence: true } },
};
Object.assign(runs, {
  lib: { owners: 2, deeds: [{kind:'claim',count:1},{kind:'take',count:70000}], chances: { kill: 2 } },
  three: { owners: 3, deeds },
  threekill: { owners: 3, deeds, chances: { kill: 1 } },
  replace: { owners: 2, deeds, chances: { replace: 1 } },
  restore: { owners: 2, deeds, chances: { restore: 1, kill: 1 } },
  inplace: { owners: 2, deeds, chances: { restoreInPlace: 1, kill: 1 } },
  remove: { owners: 2, deeds, chances: { remove: 1, kill: 1 } },
  rollback: { owners: 2, deeds, chances: { rollBack: 1, kill: 1 } },
  lock: { owners: 2, deeds, chances: { removeLock: 1, remakeLock: 1, refresh: 1, wait: 1 } },
  lockkill: { owners: 2, deeds, chances: { kill: 1, removeLock: 1, remakeLock: 1, refresh: 1, wait: 1 } },
  invisible: { owners: 2, deeds, lacks: {visibleLock: true}, chances: { kill: 1 } },
  several: { owners: 2, deeds, hosts: 'several', chances: { kill: 1, wait: 1 } },
  severalnoflock: { owners: 2, deeds, hosts: 'several', lacks: { flock: true }, chances: { wait: 1 } },
  first: { owners: 2, deeds, isFirst: true, chances: { kill: 1 } },
  firstremove: { owners: 2, deeds, isFirst: true, chances: { remove: 1 } },
} satisfies Record<string, OwnershipOptions>);
const pick = process.argv[2] ?? 'plain';
const options: OwnershipOptions = runs[pick] ?? JSON.parse(process.argv[3] ?? '{}');
const t = process.cpuUsage();
const ownership = new Ownership(options);
const model = await ownership.model();
const result = await explore(model, Number(process.env.MAX ?? 200000));
process.stdout.write(`${pick} ${JSON.stringify({...result, finding: result.finding?.message}) + (result.finding ? '\n  ' + result.finding.schedule.slice(-30).join('\n  ') : '')}\n${ownership.runs} runs ${Math.round(process.cpuUsage(t).user/1000)} ms cpu ${JSON.stringify([...ownership.ends])}\n`);
