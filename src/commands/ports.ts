/** The ports that the service serves numbers on: bound early, served late, stopped together. */

import type { Fault, TxnidError } from '../errors.js';
import type { Sequence } from '../progress/sequence.js';
import { type BoundSocket, bindTcp } from '../server/bind.js';
import { startOneShotThreads } from '../server/one-shot-threads.js';
import { startSessionThreads } from '../server/session-threads.js';
import type { Threads, ThreadsOptions } from '../server/threads.js';
import type { SettingsValues } from '../settings/table.js';

interface PortsEvents {
  /** `count` more numbers must fit into what is reserved. */
  readonly onLow: (count: number) => void;
  readonly onShortage: (fault: Fault) => void;
  readonly onFatal: (error: TxnidError) => void;
}

interface Port {
  readonly name: string;
  readonly listener: BoundSocket;
  readonly start: (options: ThreadsOptions) => Promise<Threads>;
}

export class Ports {
  readonly #values: SettingsValues;
  readonly #ports: Port[] = [];
  readonly #threads: Threads[] = [];

  constructor(values: SettingsValues) {
    this.#values = values;
  }

  /** Binds them, and lets nobody in. Throws TxnidError 'listen'; `stop` closes what was bound. */
  bind(): void {
    const { ip, port, 'session-port': sessionPort } = this.#values;
    const oneShot = bindTcp(ip, port);
    this.#ports.push({ name: 'one-shot port', listener: oneShot, start: startOneShotThreads });
    if (sessionPort === 0) return;
    const listener = bindTcp(ip, sessionPort, 'non-blocking');
    this.#ports.push({ name: 'session port', listener, start: this.#startSessions });
  }

  /** Starts their threads, which hold. */
  async start({ counter, progression }: Sequence, events: PortsEvents): Promise<void> {
    const { threads: count, allow } = this.#values;
    for (const { listener, start } of this.#ports) {
      const options = { count, listener, counter, progression, allow, ...events };
      this.#threads.push(await start(options));
    }
  }

  /** Lets clients in; the lines to tell the operator. Throws TxnidError 'listen'. */
  open(): string[] {
    const { ip, threads: count } = this.#values;
    for (const { listener } of this.#ports) listener.listen();
    for (const threads of this.#threads) threads.go();
    return this.#ports.map(({ name, listener }) => {
      return `${name} ${ip}:${listener.port}, ${count} threads`;
    });
  }

  /** Resolves when nobody claims numbers any more; the counter must have been stopped before. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((threads) => threads.stop()));
    for (const { listener } of this.#ports) listener.close();
  }

  readonly #startSessions = (options: ThreadsOptions): Promise<Threads> => {
    const { 'session-timeout': timeoutSeconds, 'max-sessions': sessionsMax } = this.#values;
    return startSessionThreads({ ...options, timeoutMs: timeoutSeconds * 1000, sessionsMax });
  };
}
