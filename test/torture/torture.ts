/**
 * Tortures clusters of the real program, round after round, each from a seed of its own.
 *
 * usage: node dist/test/torture/torture.js [--minutes N] [--rounds N] [--steps N] [--seed N]
 *        [--only PART OF A FAULT'S NAME]
 *
 * Ends after the round in which the time is over, or after so many rounds. A round that fails ends it
 * with 1; its seed with `--rounds 1` makes the same plan again, and what was left is kept.
 */

import { parseArgs } from 'node:util';
import { Seeded } from '../support/fixtures/seeded.js';
import { buildLibraries } from './cluster.js';
import { faultNames } from './faults.js';
import { History } from './history.js';
import { planOf } from './plan.js';
import { tortureRound } from './round.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rounds: { type: 'string', default: 'Infinity' },
    steps: { type: 'string', default: '12' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const firstSeed = new Seeded(values.seed === undefined ? undefined : Number(values.seed)).seed;
const endMs = performance.now() + Number(values.minutes) * 60_000;
const faults = faultNames.faults.filter((name) => name.includes(values.only));
const options = { ...faultNames, faults, stepsOfEach: Number(values.steps), pauseMsMax: 500 };
const libraries = buildLibraries();
const total = new History();
let numbers = 0n;
let rounds = 0;

while (rounds < Number(values.rounds) && performance.now() < endMs) {
  const plan = planOf(firstSeed + rounds, options);
  const verdict = await tortureRound(plan, libraries);
  total.include(verdict.history);
  numbers += verdict.numbers;
  rounds++;
  const result = verdict.faults.length === 0 ? 'sound' : 'FAILED';
  say(`seed ${plan.seed}, increment ${plan.increment}: ${verdict.numbers} numbers, ${result}`);
  if (verdict.evidence === undefined) continue;
  for (const fault of verdict.faults.slice(0, 20)) say(fault);
  say(
    `kept in ${verdict.evidence}; again with --rounds 1 --steps ${values.steps} --seed ${plan.seed}`,
  );
  process.exitCode = 1;
  break;
}
say(`${rounds} rounds from seed ${firstSeed}, ${numbers} numbers; faults caused:`);
for (const line of total.summary()) say(line);
