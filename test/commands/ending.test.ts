import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ending } from '../../src/commands/ending.js';

const signals = [
  'SIGHUP',
  'SIGPIPE',
  'SIGXFSZ',
  'SIGTERM',
  'SIGINT',
  'SIGUSR1',
  'uncaughtException',
];

test('a fault of the program itself ends the service, and asks for a report', async () => {
  const before = new Map(signals.map((name) => [name, process.listeners(name as 'SIGHUP')]));
  const ending = new Ending();
  ending.watchSignals(() => {});
  const added = process.listeners('uncaughtException').at(-1);
  for (const name of signals) {
    for (const listener of process.listeners(name as 'SIGHUP')) {
      if (!before.get(name)?.includes(listener)) process.off(name, listener);
    }
  }
  added?.(new Error('beyond all cases'), 'uncaughtException');
  const reason = await ending.reached;
  assert.equal(reason?.exitCode, 70);
  assert.match(
    reason?.message ?? '',
    /^Internal error: Error: beyond all cases.*report it as a bug/s,
  );
});
