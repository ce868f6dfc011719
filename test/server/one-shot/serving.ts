/** One-shot threads on a free port, with a counter but no progress file behind it. */

import type { Fault, TxnidError } from '../../../src/errors.js';
import { Counters, type SharedCounter } from '../../../src/sequence/counter.js';
import { numberMax, type Progression } from '../../../src/sequence/progression.js';
import { startOneShotThreads } from '../../../src/server/one-shot/start.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { bindTcp } from '../../../src/server/threads/bind.js';

export interface ServingOptions {
  readonly count?: number;
  readonly counters?: Counters;
  readonly progression?: Progression;
  /** How many numbers are reserved at the start. */
  readonly reserved?: bigint;
  readonly allow?: readonly string[];
  readonly onLow?: (counter: SharedCounter) => void;
  readonly onShortage?: (fault: Fault) => void;
  readonly onRefused?: (fault: Fault) => void;
  readonly onFatal?: (error: TxnidError) => void;
}

/** Threads in accept would keep the process of a failed test alive for ever. */
const unstopped = new Set<() => Promise<void>>();

/** For after each test: stops what it has left running. */
export async function stopAll(): Promise<void> {
  await Promise.all([...unstopped].map((stop) => stop()));
}

export const naturals: Progression = { instance: 0n, increment: 1n, max: numberMax };

/** Threads that are ready and hold: `go` lets clients in. */
export async function holding(options: ServingOptions) {
  const { count = 2, counters = Counters.allocate(1), reserved = numberMax } = options;
  const counter = counters.at(0);
  counter.raise(reserved, reserved);
  const listener = bindTcp('127.0.0.1', 0);
  const tally = Tally.allocate(count);
  const threads = await startOneShotThreads({
    count,
    tally,
    listener,
    counters,
    progression: options.progression ?? naturals,
    allow: options.allow ?? [],
    onLow: () => options.onLow?.(counter),
    onShortage: options.onShortage ?? unexpected,
    onRefused: options.onRefused ?? unexpected,
    onFatal: options.onFatal ?? unexpected,
  });
  const stop = async () => {
    unstopped.delete(stop);
    counter.stop();
    await threads.stop();
    listener.close();
  };
  unstopped.add(stop);
  return {
    counter,
    tally,
    listener,
    stop,
    port: listener.port,
    go: () => {
      listener.listen();
      threads.go();
    },
  };
}

/** Threads that serve. */
export async function serving(options: ServingOptions) {
  const held = await holding(options);
  held.go();
  return held;
}

function unexpected(event: Fault | TxnidError): never {
  throw event;
}
