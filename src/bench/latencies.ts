/**
 * How long requests took, counted in classes whose bounds are 2 % apart. Node's own histogram takes one
 * value a call; replies to pipelined requests come by the hundred, with one latency. Pure.
 */

const classesPerDoubling = 32;
/** Latencies up to this share the first class; 1 µs. */
const shortestMs = 0.001;
/** Those above about an hour share the last one. */
const doublings = 32;

/** All latencies up to a bound and above the one before. */
export interface LatencyBand {
  readonly toMs: number;
  readonly count: number;
}

export class Latencies {
  readonly #counts = new Float64Array(doublings * classesPerDoubling + 1);
  #count = 0;
  #maxMs = 0;

  get maxMs(): number {
    return this.#maxMs;
  }

  record(latencyMs: number, count: number): void {
    this.#count += count;
    if (latencyMs > this.#maxMs) this.#maxMs = latencyMs;
    const place = Math.ceil(Math.log2(latencyMs / shortestMs) * classesPerDoubling);
    const index = Math.min(Math.max(place, 0), this.#counts.length - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
  }

  /** The latency that `share` of all, 0 to 1, did not exceed, at most 2 % too high; 0 if there are none. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(boundMs(index), this.#maxMs);
    }
    return this.#maxMs;
  }

  /** Doubling bands, from the first to the last that is not empty. */
  bands(): LatencyBand[] {
    const bands: LatencyBand[] = [];
    for (let last = 0; last < this.#counts.length; last += classesPerDoubling) {
      const from = last === 0 ? 0 : last - classesPerDoubling + 1;
      const counts = this.#counts.subarray(from, last + 1);
      bands.push({ toMs: boundMs(last), count: counts.reduce((sum, count) => sum + count, 0) });
    }
    const isFull = ({ count }: LatencyBand): boolean => count > 0;
    return bands.slice(Math.max(bands.findIndex(isFull), 0), bands.findLastIndex(isFull) + 1);
  }
}

function boundMs(index: number): number {
  return shortestMs * 2 ** (index / classesPerDoubling);
}
