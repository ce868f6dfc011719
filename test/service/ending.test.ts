import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, TxnidError } from '../../src/errors.js';
import { asTxnidError, Ending, outcomeOf } from '../../src/service/ending.js';

const signals = [
  'SIGHUP',
  'SIGPIPE',
  'SIGXFSZ',
  'SIGTERM',
  'SIGINT',
  'SIGUSR1',
  'uncaughtException',
];

/** What it does when a signal comes, or an exception that nobody catches; it watches no longer than that. */
function watching(ending: Ending): Map<string, (value: unknown) => void> {
  const before = new Map(signals.map((name) => [name, process.listeners(name as 'SIGHUP')]));
  ending.watchSignals(() => {});
  return new Map(
    signals.map((name) => {
      const all = process.listeners(name as 'SIGHUP');
      const [added] = all.filter((listener) => !before.get(name)?.includes(listener));
      if (added !== undefined) process.off(name, added);
      return [name, added as (value: unknown) => void];
    }),
  );
}

test('a fault of the program itself ends the service, and asks for a report', async () => {
  const ending = new Ending();
  watching(ending).get('uncaughtException')?.(new Error('beyond all cases'));
  const reason = await ending.reached;
  assert.ok(reason instanceof TxnidError);
  assert.equal(reason.exitCode, 70);
  assert.match(reason.message, /^Internal error: Error: beyond all cases.*report it as a bug/s);
  await assert.rejects(ending.signalled(), reason);
});

test('the first signal that asks for the end is the reason', async () => {
  const ending = new Ending();
  const listeners = watching(ending);
  listeners.get('SIGHUP')?.('SIGHUP');
  assert.equal(ending.isReached, false);
  listeners.get('SIGINT')?.('SIGINT');
  listeners.get('SIGTERM')?.('SIGTERM');
  assert.deepEqual([ending.isReached, await ending.signalled()], [true, 'SIGINT']);
});

test('an end has the exit code of its first error, and tells each fault of all of them once', () => {
  const end = failure('sequence-end', 'The sequence is at its end', 'raise max');
  const save = failure('save', 'Cannot save', 'mend the disk');
  assert.deepEqual(outcomeOf([]), { exitCode: 0, faults: [] });
  assert.deepEqual(outcomeOf([end, save]), {
    exitCode: 69,
    faults: [...end.faults, ...save.faults],
  });
  assert.deepEqual(outcomeOf([save, failure('save', 'Cannot save', 'mend the disk')]), {
    exitCode: 74,
    faults: save.faults,
  });
});

test('what is no error of ours is a fault of the program', () => {
  const known = failure('save', 'Cannot save', 'mend the disk');
  assert.equal(asTxnidError(known), known);
  assert.match(asTxnidError('odd').message, /^Internal error: odd: report it/);
});
