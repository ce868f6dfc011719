/**
 * What the serving threads count, in shared memory, for whoever looks at it from another thread.
 *
 * Counting costs a thread one addition to memory that nobody else writes: each thread has a cache line
 * of cells of its own. So no count needs an atomic operation; a reader sees whole values, because an
 * aligned 64-bit store is not divided on x86-64 and arm64, which are the machines the daemon runs on.
 * A cell is a double: exact up to 2^53, which takes a thread ten years at 25 million numbers a second.
 */

/** Why a connection was closed without having been served. */
const refusalReasons = [
  /** The setting `allow` does not list its peer. */
  'not_allowed',
  /** `max-sessions` are open. */
  'too_many_sessions',
  /** The system had no memory for one more session. */
  'shortage',
  /** The service is about to end. */
  'stopping',
  /** No number is left. */
  'sequence_end',
] as const;

/** Those that there can be at each port. */
export const refusalReasonsOf = {
  one_shot: ['not_allowed', 'stopping', 'sequence_end'],
  session: ['not_allowed', 'too_many_sessions', 'shortage'],
} as const satisfies Record<string, readonly RefusalReason[]>;

export type PortName = keyof typeof refusalReasonsOf;

export type RefusalReason = (typeof refusalReasons)[number];

const cellNames = ['numbers', 'sessions', ...refusalReasons] as const;

/** `numbers`: handed out; `sessions`: begun; the others: connections refused for that reason. */
export type TallyCell = (typeof cellNames)[number];

/** A cache line, on both architectures. */
const cellsPerThread = 8;
const threadBytes = cellsPerThread * Float64Array.BYTES_PER_ELEMENT;

const places = Object.fromEntries(cellNames.map((name, place) => [name, place])) as Readonly<
  Record<TallyCell, number>
>;

/** The cells of one thread, which alone writes them. */
export class ThreadTally {
  readonly #cells: Float64Array;

  constructor(cells: Float64Array) {
    this.#cells = cells;
  }

  add(cell: TallyCell, count: number): void {
    const place = places[cell];
    this.#cells[place] = (this.#cells[place] ?? 0) + count;
  }
}

/** The tally of all threads of one port. */
export class Tally {
  readonly #cells: Float64Array;

  /** `memory`: from `Tally.allocate`, the same in every thread. */
  constructor(readonly memory: SharedArrayBuffer) {
    this.#cells = new Float64Array(memory);
  }

  static allocate(threads: number): Tally {
    return new Tally(new SharedArrayBuffer(threads * threadBytes));
  }

  /** `thread` counts from 0. */
  ofThread(thread: number): ThreadTally {
    return new ThreadTally(new Float64Array(this.memory, thread * threadBytes, cellsPerThread));
  }

  /** A cell's sum over all threads. */
  sum(cell: TallyCell): number {
    let sum = 0;
    for (let place = places[cell]; place < this.#cells.length; place += cellsPerThread) {
      sum += this.#cells[place] ?? 0;
    }
    return sum;
  }
}
