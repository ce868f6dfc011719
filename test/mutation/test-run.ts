/** One run of one test file, which ends with the first test that fails. */

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Tree } from './tree.js';

export type Outcome = 'passed' | 'failed' | 'timed out';

/** Random tests must not decide by chance whether a mutant survives. */
const fixedSeed = '1';

/** Runs `dist/test/<file>` of the tree. */
export async function runTest(tree: Tree, file: string, timeoutMs: number): Promise<Outcome> {
  const seeding = join(tree.root, 'dist/test/mutation/fixed-seed.js');
  const script = join(tree.root, 'dist/test', file);
  const child = spawn(
    process.execPath,
    [
      '--import',
      seeding,
      '--test-reporter',
      'tap',
      '--test-reporter-destination',
      'stdout',
      script,
    ],
    {
      cwd: tree.root,
      // A group of its own, so that what the test started goes with it.
      detached: true,
      env: {
        ...process.env,
        NODE_TEST_CONTEXT: undefined,
        TMPDIR: tree.freshScratch(),
        TXNID_TEST_SEED: fixedSeed,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  return await outcomeOf(child, timeoutMs);
}

function outcomeOf(child: ChildProcess, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      killGroup(child);
      resolve(outcome);
    };
    const timer = setTimeout(() => end('timed out'), timeoutMs);
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      output = (output + text).slice(-4096);
      if (/^\s*not ok/m.test(output)) end('failed');
    });
    child.once('exit', (code) => end(code === 0 ? 'passed' : 'failed'));
  });
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
