/**
 * Every number that any instance of a cluster has handed out, and what is wrong with them: a number
 * twice, one off its progression, one out of order.
 */

import assert from 'node:assert/strict';

export class Ledger {
  readonly #seen = new Set<bigint>();
  readonly #highest = new Map<number, bigint>();
  readonly #faults: string[] = [];

  constructor(readonly increment: number) {}

  get count(): number {
    return this.#seen.size;
  }

  /** One run of an instance: what each client got in its order. Runs come in their order. */
  add(instance: number, clients: readonly (readonly bigint[])[]): void {
    const before = this.#highest.get(instance) ?? -1n;
    let highest = before;
    for (const numbers of clients) {
      let last = before;
      for (const number of numbers) {
        this.#judge(instance, number, last);
        last = number;
        if (number > highest) highest = number;
      }
    }
    this.#highest.set(instance, highest);
  }

  /** The highest number of an instance so far. */
  highest(instance: number): bigint {
    return this.#highest.get(instance) ?? -1n;
  }

  /** Throws an assertion error that names the first faults. */
  assertSound(what: string): void {
    assert.deepEqual(this.#faults.slice(0, 5), [], what);
  }

  #judge(instance: number, number: bigint, last: bigint): void {
    const distance = number - BigInt(instance);
    if (this.#seen.has(number)) this.#faults.push(`${instance}: ${number} twice`);
    if (number <= last) this.#faults.push(`${instance}: ${number} after ${last}`);
    if (distance < 0n || distance % BigInt(this.increment) !== 0n) {
      this.#faults.push(`${instance}: ${number} is off its progression`);
    }
    this.#seen.add(number);
  }
}
