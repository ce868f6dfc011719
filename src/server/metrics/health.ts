/**
 * Whether the service can hand out numbers, judged by a thread that is not the main thread: from
 * shared memory alone, so that the answer comes even while the main thread is busy.
 */

import type { ErrorCode } from '../../errors.js';
import type { SharedCounter } from '../../sequence/counter.js';

/** Why a service ends, in the order of their codes; the first is none. */
const endings = [
  '',
  'the service is stopping',
  'the progress could not be saved',
  'the lock on the progress file was lost',
  'the sequence is at its end',
  'the service ends with an internal error',
] as const;

const codes: Readonly<Partial<Record<ErrorCode, number>>> = {
  save: 2,
  'lock-lost': 3,
  'sequence-end': 4,
  internal: 5,
};

const stopping = 1;

/**
 * How long a health check waits for numbers when all that are reserved are handed out: a slow flush
 * that clients hardly notice is no fault, one that keeps them waiting is.
 */
const patienceMs = 1000;

/** What the main thread lets the others know of the service's end. */
export class Health {
  readonly #code: Int32Array;

  /** `memory`: a new one in the main thread, that same one in the others. */
  constructor(readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#code = new Int32Array(memory);
  }

  /** The service ends, by an error or because it was told to. Only the first reason counts. */
  end(code: ErrorCode | undefined): void {
    const known = code === undefined ? stopping : (codes[code] ?? stopping);
    Atomics.compareExchange(this.#code, 0, 0, known);
  }

  /** Why the service ends, if it does. */
  get ending(): string | undefined {
    return endings[Atomics.load(this.#code, 0)] || undefined;
  }
}

/**
 * Why no client can get a number now; undefined when one can. Blocks for as long as a health check is
 * patient when numbers wait for the disk. `end`: the first index that is never handed out.
 */
export function whyUnwell(
  health: Health,
  counter: SharedCounter,
  end: bigint,
  waitMs = patienceMs,
): string | undefined {
  const seen = counter.changes();
  const why = whyEnding(health, counter, end);
  if (why !== undefined || counter.cursor() < counter.limit()) return why;
  counter.waitForChange(seen, waitMs);
  if (counter.cursor() < counter.limit()) return whyEnding(health, counter, end);
  return whyEnding(health, counter, end) ?? 'numbers wait for the disk';
}

function whyEnding(health: Health, counter: SharedCounter, end: bigint): string | undefined {
  if (health.ending !== undefined) return health.ending;
  if (!counter.isRunning()) return endings[stopping];
  return counter.cursor() >= end ? 'the sequence is at its end' : undefined;
}
