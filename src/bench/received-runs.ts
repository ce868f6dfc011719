/**
 * Which numbers have come, as runs of neighbours, told by their indexes in the progression. Runs that
 * touch become one, so what is kept grows with the gaps between them and not with the numbers: a gap
 * is a number in flight, or one that another client got. Pure.
 */
export class ReceivedRuns {
  /** Of each run, in order. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  get runs(): number {
    return this.#firsts.length;
  }

  /** Adds `first` to `last`, unless one of them was there: then returns that one. */
  add(first: number, last: number): number | undefined {
    const place = this.#placeOf(first);
    const before = this.#lasts[place - 1] ?? Number.NEGATIVE_INFINITY;
    const after = this.#firsts[place] ?? Number.POSITIVE_INFINITY;
    if (before >= first) return first;
    if (after <= last) return after;
    this.#join(place, first, last, before === first - 1, after === last + 1);
    return undefined;
  }

  /** Drops the runs that end at or below `index`. */
  forget(index: number): void {
    const place = this.#placeOf(index);
    const isWhole = (this.#lasts[place - 1] ?? Number.NEGATIVE_INFINITY) <= index;
    const count = isWhole ? place : Math.max(place - 1, 0);
    this.#firsts.splice(0, count);
    this.#lasts.splice(0, count);
  }

  #join(place: number, first: number, last: number, joinsBefore: boolean, joinsAfter: boolean) {
    if (joinsBefore && joinsAfter) {
      this.#firsts.splice(place, 1);
      this.#lasts.splice(place - 1, 1);
    } else if (joinsBefore) this.#lasts[place - 1] = last;
    else if (joinsAfter) this.#firsts[place] = first;
    else {
      this.#firsts.splice(place, 0, first);
      this.#lasts.splice(place, 0, last);
    }
  }

  /** How many runs begin at or below `index`. */
  #placeOf(index: number): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
