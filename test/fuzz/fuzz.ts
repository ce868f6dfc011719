/**
 * Runs of random cases that can be repeated: the seed is printed, TXNID_TEST_SEED sets it, and
 * TXNID_FUZZ_FACTOR (`npm run fuzz`) makes the run that many times as long. A failure is shrunk, and
 * printed with its seed and path.
 */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { Seeded } from '../support/fixtures/seeded.js';

const factor = Number(process.env.TXNID_FUZZ_FACTOR ?? 1);

/** How many times as long a canary may look: in as many runs as the gate's, one in a thousand would miss it by chance. */
const canaryFactor = 20;

export interface Fuzzer<Case, Target> {
  readonly cases: fc.Arbitrary<Case>;
  /** How many cases the gate tries; the planted bug is found in far fewer on average. */
  readonly runs: number;
  /** What is fuzzed, and the same with a bug planted in it. */
  readonly target: Target;
  readonly canary: { readonly bug: string; readonly target: Target };
  /** Throws where the target does not keep its promise for the case. */
  readonly check: (given: Case, target: Target) => void;
}

/** One test for the promise, and one that the fuzzer finds the planted bug. */
export function fuzz<Case, Target>(promise: string, fuzzer: Fuzzer<Case, Target>): void {
  const { cases, runs, target, canary, check } = fuzzer;
  test(`fuzz: ${promise}`, (t) => {
    const property = fc.property(cases, (given) => check(given, target));
    fc.assert(property, { seed: announcedSeed(t), numRuns: runs * factor });
  });
  test(`canary: the fuzzer finds ${canary.bug}`, (t) => {
    const property = fc.property(cases, (given) => check(given, canary.target));
    const seed = announcedSeed(t);
    const numRuns = canaryFactor * runs;
    const outcome = fc.check(property, { seed, numRuns, endOnFailure: true });
    assert.ok(outcome.failed, `not found in ${numRuns} cases of seed ${seed}`);
    t.diagnostic(`found after ${outcome.numRuns} of ${runs} cases`);
  });
}

function announcedSeed(t: TestContext): number {
  const { seed } = new Seeded();
  t.diagnostic(`seed ${seed}`);
  // fast-check takes 32 bits with a sign.
  return seed | 0;
}
