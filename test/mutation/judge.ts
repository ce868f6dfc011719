/** Whether tests notice a mutant. */

import { type Mutant, nameOf } from './mutants.js';
import { runTest } from './test-run.js';
import type { Tree } from './tree.js';

/** A test file, and how long it takes when nothing is wrong. */
export interface TimedTest {
  readonly file: string;
  readonly durationMs: number;
}

export interface Verdict {
  readonly name: string;
  readonly line: number;
  /** The test file that failed; undefined where the mutant survives. */
  readonly killer: string | undefined;
}

/** A test that takes this much longer than it should hangs: that is a failure too. */
const patienceFactor = 3;
const patienceMs = 2000;

/** Plants the mutant in the tree, runs the tests in turn until one fails, and puts the source back. */
export async function judge(
  tree: Tree,
  mutant: Mutant,
  tests: readonly TimedTest[],
): Promise<Verdict> {
  const verdict = { name: nameOf(mutant), line: mutant.line };
  tree.exchange(mutant.path, mutant.text);
  try {
    for (const { file, durationMs } of tests) {
      const outcome = await runTest(tree, file, patienceFactor * durationMs + patienceMs);
      if (outcome !== 'passed') return { ...verdict, killer: file };
    }
    return { ...verdict, killer: undefined };
  } finally {
    tree.restore(mutant.path);
  }
}
