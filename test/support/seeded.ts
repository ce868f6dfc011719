/** Random choices that can be made again: mulberry32, seeded from TXNID_TEST_SEED or the clock. */
export class Seeded {
  readonly seed: number;
  #state: number;

  constructor(seed = Number(process.env.TXNID_TEST_SEED ?? Date.now() % 2 ** 32)) {
    this.seed = seed;
    this.#state = seed;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }
}
