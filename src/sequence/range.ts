/** Most numbers that one range may have, whoever asks for it (config/protocol.md). Seven digits. */
export const rangeCountMax = 1_000_000;

/** A contiguous part of a progression: `count` numbers from `first` on, `increment` apart. */
export class NumberRange implements Iterable<bigint> {
  constructor(
    readonly first: bigint,
    readonly increment: bigint,
    readonly count: number,
  ) {}

  get last(): bigint {
    return this.first + BigInt(this.count - 1) * this.increment;
  }

  *[Symbol.iterator](): Iterator<bigint> {
    let number = this.first;
    for (let left = this.count; left > 0; left--) {
      yield number;
      number += this.increment;
    }
  }
}
