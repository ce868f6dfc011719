/** Servers that are measured in turn, so that what else the machine does hits all of them alike. */

import type { Sample } from './table.js';

export interface Rival {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<unknown>;
}

/** One warm-up each, then a sample of each rival, round by round. */
export async function measureInTurn<Measured extends { readonly name: string }>(
  rivals: readonly Measured[],
  rounds: number,
  measure: (rival: Measured) => Promise<Sample>,
): Promise<Sample[][]> {
  const samples: Sample[][] = rivals.map(() => []);
  for (const rival of rivals) await measure(rival);
  for (let round = 0; round < rounds; round++) {
    for (const [index, rival] of rivals.entries()) samples[index]?.push(await measure(rival));
  }
  return samples;
}

/** Stops those that `start` has started, also when it or `measure` fails. */
export async function withRivals<Measured extends Rival, Result>(
  start: () => AsyncIterable<Measured>,
  measure: (rivals: readonly Measured[]) => Promise<Result>,
): Promise<Result> {
  const rivals: Measured[] = [];
  try {
    for await (const rival of start()) rivals.push(rival);
    return await measure(rivals);
  } finally {
    await Promise.all(rivals.map((rival) => rival.stop()));
  }
}
