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
  redis: ['not_allowed', 'too_many_sessions', 'shortage'],
} as const satisfies Record<string, readonly RefusalReason[]>;

export type PortName = keyof typeof refusalReasonsOf;

export type RefusalReason = (typeof refusalReasons)[number];

const cellNames = ['numbers', 'sessions', ...refusalReasons] as const;

/** `numbers`: handed out; `sessions`: begun; the others: connections refused for that reason. */
export type TallyCell = (typeof cellNames)[number];

/** A cache line, on both architectures. */
const cellsPerThread = 8;
const threadBytes = cellsPerThread * Float64Array.BYTES_PER_ELEMENT;

/**
 * Behind the cells of the threads: a word for each reason whether it has been reported, and the peer that was refused last:
 * the length of its address, and that in four words. Two threads that write it at once may mix two peers: it is for people.
 */
const sharedBytes = 64;
const peerWord = refusalReasons.length;

const places = Object.fromEntries(cellNames.map((name, place) => [name, place])) as Readonly<
  Record<TallyCell, number>
>;

/** The cells of one thread, which alone writes them. */
export class ThreadTally {
  readonly #cells: Float64Array;
  readonly #shared: Int32Array;

  constructor(cells: Float64Array, shared: Int32Array) {
    this.#cells = cells;
    this.#shared = shared;
  }

  /** The same as `add('numbers', count)`, without the name, which costs more than the addition. */
  addNumbers(count: number): void {
    this.#cells[places.numbers] = (this.#cells[places.numbers] ?? 0) + count;
  }

  add(cell: TallyCell, count: number): void {
    const place = places[cell];
    this.#cells[place] = (this.#cells[place] ?? 0) + count;
  }

  /**
   * Counts a refused connection; true for exactly one since the last `rest`, who has to report it. `peer`: the 4 or 16
   * bytes of its address.
   */
  refuse(reason: RefusalReason, peer?: Uint8Array): boolean {
    this.add(reason, 1);
    if (peer !== undefined) this.#keepPeer(peer);
    // Exchanges on both sides: whichever is second sees what the other one counted, or that it has to report.
    return Atomics.exchange(this.#shared, refusalReasons.indexOf(reason), 1) === 0;
  }

  #keepPeer(peer: Uint8Array): void {
    const words = new Int32Array(4);
    new Uint8Array(words.buffer).set(peer);
    for (const [word, bits] of words.entries()) {
      Atomics.store(this.#shared, peerWord + 1 + word, bits);
    }
    Atomics.store(this.#shared, peerWord, peer.length);
  }
}

/** The tally of all threads of one port. */
export class Tally {
  readonly #cells: Float64Array;
  readonly #shared: Int32Array;

  /** `memory`: from `Tally.allocate`, the same in every thread. */
  constructor(readonly memory: SharedArrayBuffer) {
    const cellsBytes = memory.byteLength - sharedBytes;
    this.#cells = new Float64Array(memory, 0, cellsBytes / Float64Array.BYTES_PER_ELEMENT);
    this.#shared = new Int32Array(memory, cellsBytes);
  }

  static allocate(threads: number): Tally {
    return new Tally(new SharedArrayBuffer(threads * threadBytes + sharedBytes));
  }

  /** `thread` counts from 0. */
  ofThread(thread: number): ThreadTally {
    const cells = new Float64Array(this.memory, thread * threadBytes, cellsPerThread);
    return new ThreadTally(cells, this.#shared);
  }

  /** The next refusal for this reason is to be reported. What was counted up to now is in `sum` after that. */
  rest(reason: RefusalReason): void {
    Atomics.exchange(this.#shared, refusalReasons.indexOf(reason), 0);
  }

  /** The 4 or 16 bytes of the address of the last refused peer whose address is known; none before there is one. */
  lastPeer(): Uint8Array {
    const words = Int32Array.from({ length: 4 }, (_, word) =>
      Atomics.load(this.#shared, peerWord + 1 + word),
    );
    return new Uint8Array(words.buffer, 0, Atomics.load(this.#shared, peerWord));
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
