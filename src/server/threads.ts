/**
 * The threads that serve a port, seen from the main thread: start, go, stop.
 *
 * A thread that is blocked in a foreign call cannot be ended by Node, and a process that exits would
 * wait for it for ever. So every way out leads through `stop`, which wakes them all.
 */

import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { type Fault, failure, type TxnidError } from '../errors.js';
import { LibcError } from '../libc/libc.js';
import type { SharedCounter } from '../sequence/counter.js';
import type { Progression } from '../sequence/progression.js';
import type { BoundSocket } from './bind.js';
import { Gate } from './gate.js';
import type { ThreadMessage, ThreadOrder } from './thread-messages.js';

/** A thread holds a few hundred KiB; with these it takes 10 MB of memory, with Node's defaults 13. */
const heapLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/** A shortage hits all threads at once, and again and again: it is told no more often than this. */
const shortageIntervalMs = 10_000;

export interface ThreadsOptions {
  readonly count: number;
  /** Bound; it must listen before `go`. */
  readonly listener: BoundSocket;
  readonly counter: SharedCounter;
  readonly progression: Progression;
  /** IPv4 addresses and blocks of the peers to serve; none is everyone. */
  readonly allow: readonly string[];
  /** A thread has taken the counter's reservation request: `count` more numbers must fit. */
  readonly onLow: (count: number) => void;
  /** Clients wait for something the system lacks; the threads go on. */
  readonly onShortage: (fault: Fault) => void;
  /** A thread ended that should not have: stop. Called for each such thread. */
  readonly onFatal: (error: TxnidError) => void;
}

/** What the threads of one port have for themselves. */
export interface ThreadKind {
  /** For people: `one-shot thread`. */
  readonly name: string;
  readonly script: URL;
  /** What a thread is told beyond what all are; `thread` counts from 0. */
  readonly ownOrder?: (thread: number) => object;
  /** Wakes the threads from whatever they wait for, when the gate is closed. */
  readonly wake: () => void;
}

export interface Threads {
  /** Lets the threads accept. */
  go(): void;
  /**
   * Ends the threads; the counter must have been stopped before, or those that wait for a reservation
   * wait on. Resolves when all have ended: then the counter's cursor is final.
   */
  stop(): Promise<void>;
}

/** Starts the threads. Resolves when all have loaded what they need and hold; rejects if one cannot. */
export async function startThreads(options: ThreadsOptions, kind: ThreadKind): Promise<Threads> {
  const gate = new Gate();
  const onShortage = atMostEvery(shortageIntervalMs, options.onShortage);
  const threads = Array.from({ length: options.count }, (_, thread) => {
    const order = { ...orderOf(options, gate), ...kind.ownOrder?.(thread) };
    return startThread(kind, order, { onLow: options.onLow, onShortage });
  });
  const stop = async () => {
    gate.close();
    kind.wake();
    await Promise.all(threads.map((thread) => thread.ended));
  };
  await Promise.all(threads.map(becomesReady)).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  for (const thread of threads) {
    thread.ended.then((reason) => gate.isClosed() || options.onFatal(reason));
  }
  return { go: () => gate.open(), stop };
}

interface Thread {
  readonly ready: Promise<void>;
  /** Why it ended, should nobody have told it to. */
  readonly ended: Promise<TxnidError>;
}

function startThread(
  { script, name }: ThreadKind,
  order: ThreadOrder,
  { onLow, onShortage }: Pick<ThreadsOptions, 'onLow' | 'onShortage'>,
): Thread {
  const worker = new Worker(script, { workerData: order, resourceLimits: heapLimits });
  let reason = crash(name, undefined);
  worker.on('error', (error) => {
    reason = crash(name, error);
  });
  const ready = new Promise<void>((resolve) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') resolve();
      if (message.kind === 'low') onLow(message.count);
      if (message.kind === 'shortage') onShortage(shortage(message.errno));
      if (message.kind === 'fatal') reason = cannotAccept(message.errno);
    });
  });
  const ended = new Promise<TxnidError>((resolve) => worker.on('exit', () => resolve(reason)));
  return { ready, ended };
}

async function becomesReady({ ready, ended }: Thread): Promise<void> {
  const reason = await Promise.race([ready, ended]);
  if (reason !== undefined) throw reason;
}

function orderOf(options: ThreadsOptions, gate: Gate): ThreadOrder {
  const { listener, allow, counter, progression } = options;
  return {
    listenerFd: listener.fd,
    allow,
    progression,
    counterMemory: counter.memory,
    gateMemory: gate.memory,
  };
}

function shortage(errno: number): Fault {
  const { meaning, code } = new LibcError('accept', errno);
  const isOfFiles = code === 'EMFILE' || code === 'ENFILE';
  return {
    what: `Cannot take connections for now: ${meaning} (${code})`,
    remedy: isOfFiles ? 'raise the limit of open files (ulimit -n, fs.file-max)' : 'free memory',
  };
}

function cannotAccept(errno: number): TxnidError {
  const cause = new LibcError('accept', errno);
  const what = `Cannot go on listening: ${cause.meaning} (${cause.code})`;
  return failure('listen', what, 'start the service again', { cause });
}

function crash(name: string, cause: Error | undefined): TxnidError {
  const what = `A ${name} has ended: ${cause?.message ?? 'nobody told it to'}`;
  return failure('internal', what, 'report this as a bug of txnid', { cause });
}

/** `act`, except that calls within `intervalMs` of the last one that counted are dropped. */
function atMostEvery<Value>(intervalMs: number, act: (value: Value) => void) {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (value: Value): void => {
    const nowMs = performance.now();
    if (nowMs - lastMs < intervalMs) return;
    lastMs = nowMs;
    act(value);
  };
}
