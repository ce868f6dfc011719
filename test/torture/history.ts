/** What befell a cluster, line by line, and how often each fault was really caused. */

export type Outcome =
  /** The fault was seen to have its effect. */
  | 'caused'
  /** It came too late, or too early, to have any. */
  | 'missed'
  /** It cannot be caused here. */
  | 'impossible';

type Counts = Record<Outcome, number>;

export class History {
  readonly lines: string[] = [];
  readonly #counts = new Map<string, Counts>();
  readonly #startMs = performance.now();

  tell(instance: number, what: string): void {
    const seconds = ((performance.now() - this.#startMs) / 1000).toFixed(3);
    this.lines.push(`${seconds} instance ${instance}: ${what}`);
  }

  count(fault: string, outcome: Outcome): void {
    const counts = this.#counts.get(fault) ?? { caused: 0, missed: 0, impossible: 0 };
    counts[outcome]++;
    this.#counts.set(fault, counts);
  }

  /** Adds the counts of another history. */
  include(other: History): void {
    for (const [fault, counts] of other.#counts) {
      for (const outcome of ['caused', 'missed', 'impossible'] as const) {
        for (let left = counts[outcome]; left > 0; left--) this.count(fault, outcome);
      }
    }
  }

  caused(fault: string): number {
    return this.#counts.get(fault)?.caused ?? 0;
  }

  get impossible(): string[] {
    return [...this.#counts].filter(([, { impossible }]) => impossible > 0).map(([fault]) => fault);
  }

  /** A line for each fault. */
  summary(): string[] {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([fault, { caused, missed, impossible }]) => {
        const others = [
          missed > 0 ? `${missed} came to nothing` : '',
          impossible > 0 ? `${impossible} not possible here` : '',
        ].filter((text) => text !== '');
        const note = others.length > 0 ? ` (${others.join(', ')})` : '';
        return `${String(caused).padStart(6)}  ${fault}${note}`;
      });
  }
}
