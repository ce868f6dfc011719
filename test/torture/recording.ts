/**
 * What the clients of one instance got, in the order in which they got it. A number counts only once
 * all of its line, or its ETX, was seen.
 */

/** Numbers that came together: first, first + increment, … */
export interface Receipt {
  /** Which client, of all that the instance ever had; a session is a client of its own. */
  readonly client: number;
  /** How many receipts there were when it was asked for: those came before, so these must be higher. */
  readonly askedAfter: number;
  readonly first: bigint;
  readonly increment: bigint;
  readonly count: bigint;
}

export class Recording {
  readonly receipts: Receipt[] = [];
  #clients = 0;

  newClient(): number {
    return this.#clients++;
  }

  /** How many numbers were received. */
  get numbers(): bigint {
    return this.receipts.reduce((sum, { count }) => sum + count, 0n);
  }

  /** Of receipts that came at once, those that go on where the one before ended are kept as one. */
  add(receipts: readonly Receipt[]): void {
    let kept: Receipt | undefined;
    for (const receipt of receipts) {
      const goesOn = kept !== undefined && isContinued(kept, receipt);
      if (goesOn) this.receipts.pop();
      kept = goesOn && kept ? { ...kept, count: kept.count + receipt.count } : receipt;
      this.receipts.push(kept);
    }
  }
}

function isContinued(kept: Receipt, next: Receipt): boolean {
  return (
    next.client === kept.client &&
    next.askedAfter === kept.askedAfter &&
    next.increment === kept.increment &&
    next.first === lastOf(kept) + kept.increment
  );
}

export function lastOf({ first, increment, count }: Receipt): bigint {
  return first + increment * (count - 1n);
}
