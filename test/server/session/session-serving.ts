/** Session threads on a free port, with a counter but no progress file behind it. */

import type { Fault, TxnidError } from '../../../src/errors.js';
import { Counters, type SharedCounter } from '../../../src/sequence/counter.js';
import { numberMax } from '../../../src/sequence/progression.js';
import { rangeCountMax } from '../../../src/sequence/range.js';
import { SessionSlots } from '../../../src/server/session/slots.js';
import { startSessionThreads } from '../../../src/server/session/start.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { bindTcp } from '../../../src/server/threads/bind.js';
import { naturals } from '../one-shot/serving.js';

interface SessionServingOptions {
  readonly count?: number;
  readonly timeoutMs?: number;
  readonly sessionsMax?: number;
  readonly names?: readonly string[];
  readonly rangeMax?: number;
  readonly allow?: readonly string[];
  /** How many numbers are reserved at the start. */
  readonly reserved?: bigint;
  readonly onLow?: (counter: SharedCounter, count: number) => void;
  readonly onRefused?: (fault: Fault) => void;
  readonly onFatal?: (error: TxnidError) => void;
}

/** Threads in epoll_wait would keep the process of a failed test alive for ever. */
const unstopped = new Set<() => Promise<void>>();

/** For after each test: stops what it has left running. */
export async function stopAllSessions(): Promise<void> {
  await Promise.all([...unstopped].map((stop) => stop()));
}

export async function servingSessions(options: SessionServingOptions = {}) {
  const { count = 2, reserved = numberMax, timeoutMs = 60_000, sessionsMax = 1024 } = options;
  const { names = ['default'] } = options;
  const counters = Counters.allocate(names.length);
  const counter = counters.at(0);
  for (const place of names.keys()) counters.at(place).raise(reserved, reserved);
  const listener = bindTcp('127.0.0.1', 0, 'non-blocking');
  const tally = Tally.allocate(count);
  const [slots] = SessionSlots.allocate(count, sessionsMax) as [SessionSlots];
  const threads = await startSessionThreads({
    count,
    tally,
    slots,
    listener,
    counters,
    names,
    timeoutMs,
    rangeMax: options.rangeMax ?? rangeCountMax,
    progression: naturals,
    allow: options.allow ?? [],
    onLow: (_sequence, wanted) => options.onLow?.(counter, wanted),
    onShortage: unexpected,
    onRefused: options.onRefused ?? unexpected,
    onFatal: options.onFatal ?? unexpected,
  });
  const stop = async () => {
    unstopped.delete(stop);
    counters.stop();
    await threads.stop();
    listener.close();
  };
  unstopped.add(stop);
  listener.listen();
  threads.go();
  return { counter, tally, slots, listener, stop, port: listener.port };
}

function unexpected(event: Fault | TxnidError): never {
  throw event;
}
