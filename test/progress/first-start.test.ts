import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressPaths } from '../../src/progress/file/paths.js';
import { eventsIn } from '../support/fixtures/progress-directory.js';
import { temporaryDirectories } from '../support/fixtures/progress-fixture.js';
import { type SequenceProcess, withProcesses } from '../support/processes/process-fixture.js';

const newDirectory = temporaryDirectories('first-start');
const processes = 4;
const rounds = 25;

/** Time for the order to reach every process before any of them acts. */
const leadMs = 4;

/** Lets all open a confdir at once; the one that got it. Fails unless the others are locked out. */
async function race(all: readonly SequenceProcess[], confdir: string): Promise<SequenceProcess> {
  const atMs = Date.now() + leadMs;
  const answers = await Promise.all(all.map((one) => one.ask({ kind: 'open', confdir, atMs })));
  const losers = answers.filter((answer) => answer.kind === 'refused');
  for (const { code, message } of losers) assert.equal(code, 'locked', message);
  assert.equal(losers.length, all.length - 1, 'exactly one wins');
  const winner = all[answers.findIndex((answer) => answer.kind === 'done')];
  assert.ok(winner !== undefined);
  return winner;
}

test('of many first starts at once exactly one wins, and the others are locked out', async () => {
  await withProcesses(processes, async (all) => {
    for (let round = 0; round < rounds; round++) {
      const confdir = newDirectory();
      const winner = await race(all, confdir);
      assert.deepEqual(await winner.numbers({ kind: 'next', count: 2 }), [1n, 4n]);
      await winner.numbers({ kind: 'close' });
      const events = eventsIn(progressPaths(confdir));
      assert.deepEqual(events, ['created', 'started', 'stopped']);
    }
  });
});

test('of many later starts at once exactly one goes on, and no number is left out', async () => {
  await withProcesses(processes, async (all) => {
    const confdir = newDirectory();
    for (let round = 0; round < rounds; round++) {
      const winner = await race(all, confdir);
      const next = 1n + 3n * BigInt(round);
      assert.deepEqual(await winner.numbers({ kind: 'next', count: 1 }), [next]);
      await winner.numbers({ kind: 'close' });
    }
  });
});

test('a first start among a crowd that is killed after its first number never repeats it', async () => {
  for (let round = 0; round < 4; round++) {
    const confdir = newDirectory();
    await withProcesses(2, async (all) => {
      const winner = await race(all, confdir);
      assert.deepEqual(await winner.numbers({ kind: 'next', count: 1 }), [1n]);
      await winner.kill();
      const rest = all.filter((one) => one !== winner);
      const heir = await race(rest, confdir);
      const [next = 0n] = await heir.numbers({ kind: 'next', count: 1 });
      assert.equal(next, 65539n, 'the first of the progression at or above bound + instance');
    });
  }
});
