/**
 * What keeps serving threads in step with the main thread, over shared memory: they load everything,
 * hold at the gate, go when it opens, and end when it closes. It never opens again.
 */

const hold = 0;
const go = 1;
const stop = 2;

export class Gate {
  readonly #state: Int32Array;

  /** `memory`: a new one in the main thread, that same one in the others. */
  constructor(readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#state = new Int32Array(memory);
  }

  /** Lets the threads that hold, and those that come later, go. */
  open(): void {
    Atomics.compareExchange(this.#state, 0, hold, go);
    Atomics.notify(this.#state, 0);
  }

  /** Tells all threads to end, those that still hold included. */
  close(): void {
    Atomics.store(this.#state, 0, stop);
    Atomics.notify(this.#state, 0);
  }

  isClosed(): boolean {
    return Atomics.load(this.#state, 0) === stop;
  }

  /** Blocks this thread until the gate has been opened or closed. */
  waitUntilOpen(): void {
    Atomics.wait(this.#state, 0, hold);
  }

  /** Blocks this thread for `pauseMs`, or until the gate closes. */
  pause(pauseMs: number): void {
    Atomics.wait(this.#state, 0, go, pauseMs);
  }
}
