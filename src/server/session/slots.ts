/**
 * How many sessions are open, over all ports and threads together and in each thread, in shared memory. So the limit
 * holds whichever thread accepts, and a new session goes to the thread of its port that has the fewest.
 */

/** The first word counts all, the others one thread's each, port after port. */
const allWord = 0;
const threadWord = 1;

export class SessionSlots {
  readonly #counts: Int32Array;

  /**
   * `memory`: from `SessionSlots.allocate`, the same in every thread. `threads`: of this port; `before`: of the ports
   * before it in that memory.
   */
  constructor(
    readonly memory: SharedArrayBuffer,
    readonly sessionsMax: number,
    readonly threads: number,
    readonly before: number,
  ) {
    this.#counts = new Int32Array(memory);
  }

  /** For ports with so many threads each; one for each port. */
  static allocate(threads: number, sessionsMax: number, ports = 1): SessionSlots[] {
    const words = threadWord + ports * threads;
    const memory = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
    return Array.from(
      { length: ports },
      (_, port) => new SessionSlots(memory, sessionsMax, threads, port * threads),
    );
  }

  /** Takes a slot; the thread that it is in, or undefined when all are taken. */
  take(): number | undefined {
    if (Atomics.add(this.#counts, allWord, 1) >= this.sessionsMax) {
      Atomics.sub(this.#counts, allWord, 1);
      return undefined;
    }
    const thread = this.#emptiest();
    Atomics.add(this.#counts, this.#wordOf(thread), 1);
    return thread;
  }

  /** How many are taken, over all ports. */
  get taken(): number {
    return Atomics.load(this.#counts, allWord);
  }

  /** Throws where none is taken: a slot given back twice would lift the limit for ever. */
  release(thread: number): void {
    const before = Atomics.sub(this.#counts, this.#wordOf(thread), 1);
    if (before <= 0) throw new Error(`thread ${thread} gave back a slot that it did not have`);
    Atomics.sub(this.#counts, allWord, 1);
  }

  #emptiest(): number {
    let emptiest = 0;
    for (let thread = 1; thread < this.threads; thread++) {
      if (this.#takenOf(thread) < this.#takenOf(emptiest)) emptiest = thread;
    }
    return emptiest;
  }

  #takenOf(thread: number): number {
    return Atomics.load(this.#counts, this.#wordOf(thread));
  }

  #wordOf(thread: number): number {
    return threadWord + this.before + thread;
  }
}
