/** The metrics port of the service: bound and served as the other ports, ended after them. */

import { performance } from 'node:perf_hooks';
import type { Fault, TxnidError } from '../errors.js';
import { endpointText } from '../ip-address.js';
import type { FlushWatch } from '../progress/file/watched-disk.js';
import { Health } from '../server/metrics/health.js';
import type { Metrics, MetricsSource } from '../server/metrics/metrics.js';
import { startMetricsThread } from '../server/metrics/start.js';
import { Tally } from '../server/shared/tally.js';
import { type BoundSocket, bindTcp } from '../server/threads/bind.js';
import type { Threads } from '../server/threads/threads.js';

interface MetricsEvents {
  readonly onShortage: (fault: Fault) => void;
  /** Metrics are served no more; numbers are. */
  readonly onFault: (fault: Fault) => void;
}

export class MetricsPort {
  readonly #metrics: Metrics;
  readonly #health = new Health();
  #ip = '';
  #listener: BoundSocket | undefined;
  #threads: Threads | undefined;

  private constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Loads what it takes, unless the setting is 0: then there is none, and nothing is loaded. */
  static async load(port: number): Promise<MetricsPort | undefined> {
    if (port === 0) return undefined;
    const { Metrics } = await import('../server/metrics/metrics.js');
    return new MetricsPort(new Metrics(() => performance.now()));
  }

  /** Who takes note of flushes. */
  get flushWatch(): FlushWatch {
    return this.#metrics;
  }

  /** Binds it, and lets nobody in. Throws TxnidError 'listen'; `stop` closes it again. */
  bind(ip: string, port: number): void {
    this.#ip = ip;
    this.#listener = bindTcp(ip, port, 'non-blocking');
  }

  /** Starts its thread, which holds. */
  async start(source: MetricsSource, { onShortage, onFault }: MetricsEvents): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#metrics.watch(source);
    this.#threads = await startMetricsThread({
      listener,
      counters: source.counters,
      progression: source.progression,
      tally: Tally.allocate(1),
      health: this.#health,
      text: () => this.#metrics.text(),
      onShortage,
      onRefused: () => undefined,
      onFatal: (error) => {
        // Who asks is refused now, and does not wait for an answer that nobody gives.
        listener.shutDown();
        for (const { what, remedy } of error.faults) {
          onFault({ what: `Metrics are told no more: ${what}`, remedy });
        }
      },
    });
  }

  /** Lets clients in; the line to tell the operator. Throws TxnidError 'listen'. */
  open(): string {
    this.#listener?.listen();
    this.#threads?.go();
    return `metrics port ${endpointText(this.#ip, this.#listener?.port)}`;
  }

  /** From now on it tells why there are no numbers: the error, or the stop that was asked for. */
  tellEnd(reason: TxnidError | undefined): void {
    this.#health.end(reason?.code);
  }

  async stop(): Promise<void> {
    await this.#threads?.stop();
    this.#listener?.close();
  }
}
