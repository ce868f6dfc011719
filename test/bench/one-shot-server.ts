/**
 * The one-shot threads alone: no settings, no progress file, everything reserved. Prints its port.
 * usage: one-shot-server THREADS
 */

import { SharedCounter } from '../../src/sequence/counter.js';
import { numberMax } from '../../src/sequence/progression.js';
import { bindTcp } from '../../src/server/bind.js';
import { startOneShotThreads } from '../../src/server/one-shot-threads.js';
import { Tally } from '../../src/server/tally.js';

const counter = SharedCounter.allocate(0n);
counter.raise(numberMax, numberMax);
const listener = bindTcp('127.0.0.1', 0);
const count = Number(process.argv[2] ?? 1);
const threads = await startOneShotThreads({
  count,
  tally: Tally.allocate(count),
  listener,
  counter,
  progression: { instance: 1n, increment: 1n, max: numberMax },
  allow: [],
  onLow: () => undefined,
  onShortage: ({ what }) => process.stderr.write(`${what}\n`),
  onRefused: ({ what }) => process.stderr.write(`${what}\n`),
  onFatal: (error) => {
    throw error;
  },
});
process.once('SIGTERM', () => {
  counter.stop();
  void threads.stop().then(() => process.exit(0));
});
listener.listen();
threads.go();
process.stdout.write(`${listener.port}\n`);
// Nothing of the main thread is open: the threads alone keep the process alive.
