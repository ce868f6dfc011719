/**
 * The threads that serve a port, seen from the main thread: start, go, stop.
 *
 * A thread that is blocked in a foreign call cannot be ended by Node, and a process that exits would
 * wait for it for ever. So every way out leads through `stop`, which wakes them all.
 */

import { errorCode } from '../../error-code.js';
import { type Fault, failure, type TxnidError } from '../../errors.js';
import { LibcError } from '../../libc/libc.js';
import type { Counters } from '../../sequence/counter.js';
import type { Progression } from '../../sequence/progression.js';
import { moreFiles } from '../../system-error.js';
import { Recurrence, refusalFault, timesText } from '../refusals/telling.js';
import { Gate } from '../shared/gate.js';
import type { RefusalReason, Tally } from '../shared/tally.js';
import type { ThreadMessage, ThreadOrder } from '../shared/thread-messages.js';
import type { BoundSocket } from './bind.js';
import type { SpawnedThread } from './spawn.js';

/** What clients can cause again and again is told no more often than this, for each reason. */
const tellIntervalMs = 60_000;

export interface ThreadsOptions {
  readonly count: number;
  /** Bound; it must listen before `go`. */
  readonly listener: BoundSocket;
  /** Of all sequences. */
  readonly counters: Counters;
  readonly progression: Progression;
  /** IPv4 addresses and blocks of the peers to serve; none is everyone. */
  readonly allow: readonly string[];
  /** Where the threads count. */
  readonly tally: Tally;
  /** A thread has taken the reservation request of a counter, by its place: `count` more numbers must fit. */
  readonly onLow: (sequence: number, count: number) => void;
  /** Clients wait for something the system lacks; the threads go on. */
  readonly onShortage: (fault: Fault) => void;
  /** Connections were refused that came from clients, perhaps; the threads go on. */
  readonly onRefused: (fault: Fault) => void;
  /** A thread ended that should not have: stop. Called for each such thread. */
  readonly onFatal: (error: TxnidError) => void;
}

/** What the threads of one port have for themselves. */
export interface ThreadKind {
  /** For people: `one-shot thread`. */
  readonly name: string;
  /** A new one, which waits for its order. */
  readonly spawn: (thread: number) => SpawnedThread;
  /** Fields of this port's order beyond those of `ThreadOrder`. */
  readonly ownOrder?: () => object;
  /** Somebody asks the thread for the metrics. */
  readonly onScrape?: () => void;
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
  const hear = hearing(options, kind);
  const threads = Array.from({ length: options.count }, (_, thread) => {
    const order = { ...orderOf(options, gate, thread), ...kind.ownOrder?.() };
    return startThread(kind.name, kind.spawn(thread), order, hear);
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
  name: string,
  { worker, ended }: SpawnedThread,
  order: ThreadOrder,
  hear: (message: ThreadMessage) => void,
): Thread {
  let fatal: TxnidError | undefined;
  const ready = new Promise<void>((resolve) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') resolve();
      else if (message.kind === 'fatal') fatal = cannotAccept(message.errno);
      else hear(message);
    });
  });
  worker.postMessage(order);
  return { ready, ended: ended.then((thrown) => fatal ?? crash(name, thrown)) };
}

/** What comes of what the threads of a port say while they run. */
function hearing(options: ThreadsOptions, kind: ThreadKind): (message: ThreadMessage) => void {
  const { tally, onLow, onShortage, onRefused } = options;
  const recurrence = new Recurrence({
    intervalMs: tellIntervalMs,
    later: (act, delayMs) => setTimeout(act, delayMs).unref(),
  });
  const shortages = new Map<number, number>();
  const tellShortage = (errno: number): void => {
    shortages.set(errno, (shortages.get(errno) ?? 0) + 1);
    recurrence.happened({
      subject: `errno ${errno}`,
      total: () => shortages.get(errno) ?? 0,
      tell: (count) => onShortage(shortage(errno, count)),
    });
  };
  const tellRefused = (reason: RefusalReason): void => {
    const tell = (count: number): void => {
      const fault = refusalFault(reason, count, tally.lastPeer());
      if (fault !== undefined) onRefused(fault);
    };
    const total = () => tally.sum(reason);
    recurrence.happened({ subject: reason, total, tell, rest: () => tally.rest(reason) });
  };
  return (message) => {
    if (message.kind === 'low') onLow(message.sequence, message.count);
    if (message.kind === 'shortage') tellShortage(message.errno);
    if (message.kind === 'refused') tellRefused(message.reason);
    if (message.kind === 'scrape') kind.onScrape?.();
  };
}

async function becomesReady({ ready, ended }: Thread): Promise<void> {
  const reason = await Promise.race([ready, ended]);
  if (reason !== undefined) throw reason;
}

function orderOf(options: ThreadsOptions, gate: Gate, thread: number): ThreadOrder {
  const { listener, allow, counters, progression, tally } = options;
  return {
    thread,
    tallyMemory: tally.memory,
    listenerFd: listener.fd,
    allow,
    progression,
    counterMemory: counters.memory,
    gateMemory: gate.memory,
  };
}

/** What a thread of that name needs, made by `make`, which throws LibcError. Throws TxnidError 'listen'. */
export function forThread<Needed>(name: string, make: () => Needed): Needed {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LibcError)) throw error;
    const { code, meaning, call } = error;
    if (code === 'EMFILE' || code === 'ENFILE') throw tooFewFiles(name, code, error);
    const what = `Cannot start a ${name}: ${meaning} (${call}: ${code})`;
    throw failure('listen', what, 'see what the system lacks, then start again', { cause: error });
  }
}

function tooFewFiles(name: string, code: string, cause: Error | undefined): TxnidError {
  const what = `Cannot start a ${name}: too few files may be open (${code})`;
  return failure('listen', what, `${moreFiles}, then start again`, { cause });
}

function shortage(errno: number, count: number): Fault {
  const { meaning, code } = new LibcError('accept', errno);
  const isOfFiles = code === 'EMFILE' || code === 'ENFILE';
  return {
    what: `Cannot take connections for now: ${meaning} (${code})${timesText(count)}`,
    remedy: isOfFiles ? moreFiles : 'free memory',
  };
}

function cannotAccept(errno: number): TxnidError {
  const cause = new LibcError('accept', errno);
  const what = `Cannot go on listening: ${cause.meaning} (${cause.code})`;
  return failure('listen', what, 'start the service again', { cause });
}

function crash(name: string, cause: Error | undefined): TxnidError {
  // Node says it by the code of the error, or in the words of one of its own.
  const code = /\b(?:EMFILE|ENFILE)\b/.exec(`${errorCode(cause)} ${cause?.message}`)?.[0];
  if (code !== undefined) return tooFewFiles(name, code, cause);
  const what = `A ${name} has ended: ${cause?.message ?? 'nobody told it to'}`;
  return failure('internal', what, 'report this as a bug of txnid', { cause });
}
