/**
 * The mutation check: plants one small mistake after the other in the sources, and fails if there is one
 * that no test notices and `survivors.txt` does not explain.
 *
 * `npm run mutate [-- PATH ...]`, each a source or folder relative to src.
 * TXNID_MUTATION_JOBS: how many run at once (2). TXNID_MUTATION_EVERY: only each n-th mutant (1).
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseExplained } from '../support/fixtures/explained.js';
import { judge, type TimedTest, type Verdict } from './judge.js';
import { type Mutant, mutantsOf } from './mutants.js';
import { testsReaching } from './reachable-tests.js';
import { runTest } from './test-run.js';
import { projectRoot, Tree } from './tree.js';

const soundTestTimeoutMs = 240_000;

/**
 * A test that takes longer, mostly waiting for clocks, is run only for the source it is named for, and in its folder
 * for those that no test is named for.
 */
const sharedTestMsMax = 4500;

/** How long the shared tests of one mutant may take together; the quickest come first. */
const sharedTestsMsMax = 60_000;

const jobCount = Number(process.env.TXNID_MUTATION_JOBS ?? 2);
const every = Number(process.env.TXNID_MUTATION_EVERY ?? 1);
const wanted = process.argv.slice(2);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sources(): string[] {
  const names = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' });
  const all = names.filter((name) => name.endsWith('.ts')).sort();
  const isWanted = (path: string) =>
    wanted.some((one) => path === one || path.startsWith(`${one}/`));
  return wanted.length === 0 ? all : all.filter(isWanted);
}

function readMutants(path: string): Mutant[] {
  const mutants = mutantsOf(path, readFileSync(join(projectRoot, 'src', path), 'utf8'));
  return mutants.filter((_mutant, index) => index % every === 0);
}

/**
 * The tests of each source, its own one first and then the quick ones. One that fails although nothing is mutated is
 * left out, and told: some look at the bundle, which a copy does not have.
 */
async function timedTests(tree: Tree, paths: readonly string[]) {
  const files = new Map(paths.map((path) => [path, testsReaching(tree.root, path)]));
  const durations = new Map<string, number>();
  for (const file of new Set([...files.values()].flat())) {
    const startMs = performance.now();
    const outcome = await runTest(tree, file, soundTestTimeoutMs);
    if (outcome === 'passed') durations.set(file, performance.now() - startMs);
    else print(`left out, since it ${outcome} although nothing is mutated: ${file}`);
  }
  const timed = (file: string): TimedTest => ({ file, durationMs: durations.get(file) ?? 0 });
  const sound = (reaching: readonly string[]) => reaching.filter((file) => durations.has(file));
  return new Map(
    [...files].map(([path, reaching]) => [path, chosen(path, sound(reaching).map(timed))]),
  );
}

function chosen(path: string, reaching: readonly TimedTest[]): TimedTest[] {
  const ownName = path.replace(/\.ts$/, '.test.js');
  const own = reaching.filter(({ file }) => file === ownName);
  const isNeighbour = ({ file }: TimedTest) => own.length === 0 && dirname(file) === dirname(path);
  const shared = reaching
    .filter((test) => !own.includes(test))
    .filter((test) => test.durationMs <= sharedTestMsMax || isNeighbour(test))
    .sort((one, other) => one.durationMs - other.durationMs);
  let totalMs = 0;
  const fitting = shared.filter(({ durationMs }) => {
    totalMs += durationMs;
    return totalMs <= sharedTestsMsMax;
  });
  return [...own, ...fitting];
}

async function work(
  mutants: Mutant[],
  tests: ReadonlyMap<string, readonly TimedTest[]>,
): Promise<Verdict[]> {
  const tree = Tree.copy();
  const verdicts: Verdict[] = [];
  try {
    for (let mutant = mutants.shift(); mutant !== undefined; mutant = mutants.shift()) {
      const verdict = await judge(tree, mutant, tests.get(mutant.path) ?? []);
      if (verdict.killer === undefined) print(`survives (line ${verdict.line}): ${verdict.name}`);
      verdicts.push(verdict);
      if (mutants.length % 50 === 0) print(`${mutants.length} left`);
    }
    return verdicts;
  } finally {
    tree.remove();
  }
}

function report(verdicts: readonly Verdict[], paths: readonly string[]): void {
  const explained = parseExplained(
    readFileSync(join(projectRoot, 'test/mutation/survivors.txt'), 'utf8'),
  );
  const alive = verdicts.filter(({ killer }) => killer === undefined).map(({ name }) => name);
  const unexplained = alive.filter((name) => !explained.has(name));
  const isComplete = (name: string) => every === 1 && paths.includes(name.split(':')[0] ?? '');
  const stale = [...explained.keys()].filter((name) => isComplete(name) && !alive.includes(name));
  for (const name of unexplained) print(`no test notices ${name}`);
  for (const name of stale) print(`explained, but does not survive: ${name}`);
  const killed = verdicts.length - alive.length;
  print(`${verdicts.length} mutants, ${killed} killed, ${alive.length} survive`);
  if (unexplained.length + stale.length > 0) process.exitCode = 1;
}

const paths = sources();
const first = Tree.copy();
const tests = await timedTests(first, paths).finally(() => first.remove());
const mutants = paths.flatMap(readMutants);
print(`${mutants.length} mutants of ${paths.length} sources`);
const jobs = Array.from({ length: jobCount }, () => work(mutants, tests));
report((await Promise.all(jobs)).flat(), paths);
