/** That the mutation check can be believed: mutants that must die do, and nothing else fails. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { judge } from './judge.js';
import { type Mutant, mutantsOf } from './mutants.js';
import { testsReaching } from './reachable-tests.js';
import { runTest } from './test-run.js';
import { projectRoot, Tree } from './tree.js';

/** Far more than any of these tests takes. */
const durationMs = 20_000;

const mustDie: readonly [path: string, mark: string][] = [
  [
    'sequence/counter.ts',
    'return count {<= → <} (isSmall ? this.#room : this.#until(rangeLimitWord));',
  ],
  ['sequence/progression.ts', 'return (number / numbersPerHigh {+ → -} 1n) * numbersPerHigh;'],
  ['progress/file/choice.ts', 'return { record, slot, isNeighbourIntact: {false → true} };'],
  [
    'progress/file/record.ts',
    "if (checksum(version, body) !== Number.parseInt(crc, 16)) return {{ kind: 'damaged' } → undefined};",
  ],
  [
    'progress/file/file.ts',
    "{yield* this.#fence(this.#image, 'was written by somebody else'); → ;}",
  ],
  [
    'progress/plan.ts',
    'return smaller({larger → smaller}(numbersPerHigh / increment, quietNumbersMin), markEvery);',
  ],
];

const tree = Tree.copy();
after(() => tree.remove());

function mutantNamed(path: string, mark: string): Mutant {
  const mutants = mutantsOf(path, readFileSync(join(projectRoot, 'src', path), 'utf8'));
  return mutants.find((mutant) => mutant.mark === mark) ?? assert.fail(`${path} has no ${mark}`);
}

for (const [path, mark] of mustDie) {
  test(`the tests notice ${path}: ${mark}`, async () => {
    const [own] = testsReaching(tree.root, path);
    assert.equal(own, path.replace(/\.ts$/, '.test.js'), 'its own test comes first');
    const verdict = await judge(tree, mutantNamed(path, mark), [{ file: own ?? '', durationMs }]);
    assert.equal(verdict.killer, own);
  });
}

test('nothing is noticed where nothing is mutated, also after all the mutants', async () => {
  for (const [path] of mustDie.slice(2)) {
    const own = path.replace(/\.ts$/, '.test.js');
    assert.equal(await runTest(tree, own, durationMs), 'passed', own);
  }
});

test('an exchanged source of the same sense passes, so what is exchanged is what runs', async () => {
  const path = 'progress/file/choice.ts';
  const text = readFileSync(join(projectRoot, 'src', path), 'utf8');
  tree.exchange(path, text);
  assert.equal(await runTest(tree, 'progress/file/choice.test.js', durationMs), 'passed');
  tree.exchange(path, `${text}\nthrow new Error('loaded');\n`);
  assert.equal(await runTest(tree, 'progress/file/choice.test.js', durationMs), 'failed');
  tree.restore(path);
});
