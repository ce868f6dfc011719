/** How much is measured, and where the tools are put. */

export interface Extent {
  /** Rounds in which the rivals are measured in turn. */
  readonly rounds: number;
  /** Of load for one sample. */
  readonly seconds: number;
  readonly oneShotClients: number;
  readonly sessions: number;
  /** Threads for each port, beside the measurement with one. */
  readonly threads: number;
  /** Numbers of threads that are compared with each other. */
  readonly threadCounts: readonly number[];
  /** What a flush takes on a slow disk, beside what it takes anyway. */
  readonly flushTimesMs: readonly number[];
  /** One-shots after which the memory in use is read. */
  readonly oneShots: number;
  /** How long a server is watched that has nothing to do. */
  readonly idleSeconds: number;
  /** For what is built and written; removed at the end. */
  readonly directory: string;
}

/** One short round, which only shows that everything still runs. */
export const smoke = {
  rounds: 1,
  seconds: 0.1,
  threadCounts: [1, 2],
  flushTimesMs: [1],
  oneShots: 500,
  idleSeconds: 0.2,
} as const satisfies Partial<Extent>;
