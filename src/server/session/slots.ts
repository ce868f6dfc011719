/**
 * How many sessions are open, over all threads together and in each, in shared memory. So the limit
 * holds whichever thread accepts, and a new session goes to the thread that has the fewest.
 */

/** The first word counts all, the others one thread's each. */
const allWord = 0;

export class SessionSlots {
  readonly #counts: Int32Array;

  /** `memory`: from `SessionSlots.allocate`, the same in every thread. */
  constructor(
    readonly memory: SharedArrayBuffer,
    readonly sessionsMax: number,
  ) {
    this.#counts = new Int32Array(memory);
  }

  static allocate(threads: number, sessionsMax: number): SessionSlots {
    const words = 1 + threads;
    const memory = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
    return new SessionSlots(memory, sessionsMax);
  }

  /** Takes a slot; the thread that it is in, or undefined when all are taken. */
  take(): number | undefined {
    if (Atomics.add(this.#counts, allWord, 1) >= this.sessionsMax) {
      Atomics.sub(this.#counts, allWord, 1);
      return undefined;
    }
    const word = this.#emptiest();
    Atomics.add(this.#counts, word, 1);
    return word - 1;
  }

  /** How many are taken. */
  get taken(): number {
    return Atomics.load(this.#counts, allWord);
  }

  /** Throws where none is taken: a slot given back twice would lift the limit for ever. */
  release(thread: number): void {
    const before = Atomics.sub(this.#counts, 1 + thread, 1);
    if (before <= 0) throw new Error(`thread ${thread} gave back a slot that it did not have`);
    Atomics.sub(this.#counts, allWord, 1);
  }

  #emptiest(): number {
    let emptiest = 1;
    for (let word = 2; word < this.#counts.length; word++) {
      if (Atomics.load(this.#counts, word) < Atomics.load(this.#counts, emptiest)) emptiest = word;
    }
    return emptiest;
  }
}
