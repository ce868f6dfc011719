/**
 * How the metrics thread comes by a text that the main thread writes: through shared memory, with a
 * time limit, because the thread blocks and the main thread may be busy.
 *
 * Invariant: the main thread writes only while an ask is unanswered, and the thread reads only what
 * answers its own ask, so it never reads what is being written.
 */

const askedWord = 0;
const answeredWord = 1;
const lengthWord = 2;
const headBytes = 16;

/** Bounds the text; what is exported of one sequence takes a tenth of it. */
export const textBytesMax = 65_536;

/** What each further sequence may take. */
const sequenceBytesMax = 1024;

/** For who tells of so many further sequences. */
export function mailboxFor(sequences: number): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + textBytesMax + sequences * sequenceBytesMax);
}

export class ScrapeMailbox {
  readonly #words: Int32Array;
  readonly #text: Uint8Array;

  /** `memory`: a new one in the main thread, that same one in the other. */
  constructor(readonly memory = mailboxFor(0)) {
    this.#words = new Int32Array(memory, 0, headBytes / Int32Array.BYTES_PER_ELEMENT);
    this.#text = new Uint8Array(memory, headBytes);
  }

  /** Asks, `wake`s the main thread and blocks for its text; undefined when none comes in `limitMs`. */
  ask(wake: () => void, limitMs: number, clock: () => number): Buffer | undefined {
    const asked = Atomics.add(this.#words, askedWord, 1) + 1;
    const endMs = clock() + limitMs;
    wake();
    for (;;) {
      const answered = Atomics.load(this.#words, answeredWord);
      if (answered === asked) return this.#read();
      const leftMs = endMs - clock();
      if (leftMs <= 0) return undefined;
      // What wakes it may be the answer to an ask that was given up.
      Atomics.wait(this.#words, answeredWord, answered, leftMs);
    }
  }

  /** Main thread only. Does nothing when nobody asks. Throws RangeError for a text that is too long. */
  answer(text: string): void {
    const asked = Atomics.load(this.#words, askedWord);
    if (asked === Atomics.load(this.#words, answeredWord)) return;
    const bytes = Buffer.from(text);
    if (bytes.length > this.#text.length) throw new RangeError(`${bytes.length} bytes of metrics`);
    this.#text.set(bytes);
    Atomics.store(this.#words, lengthWord, bytes.length);
    Atomics.store(this.#words, answeredWord, asked);
    Atomics.notify(this.#words, answeredWord);
  }

  #read(): Buffer {
    return Buffer.from(this.#text.slice(0, Atomics.load(this.#words, lengthWord)));
  }
}
