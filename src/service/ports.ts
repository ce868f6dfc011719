/** The ports that the service serves numbers on: bound early, served late, stopped together. */

import type { Fault, TxnidError } from '../errors.js';
import type { Sequence } from '../progress/sequence.js';
import type { MetricsSource } from '../server/metrics/metrics.js';
import { startOneShotThreads } from '../server/one-shot/start.js';
import { SessionSlots } from '../server/session/slots.js';
import { startSessionThreads } from '../server/session/start.js';
import { Tally } from '../server/shared/tally.js';
import { type BoundSocket, bindTcp } from '../server/threads/bind.js';
import type { SpawnedThread } from '../server/threads/spawn.js';
import type { Threads, ThreadsOptions } from '../server/threads/threads.js';
import type { SettingsValues } from '../settings/table.js';
import { allDone } from './all-done.js';

interface PortsEvents {
  /** `count` more numbers must fit into what is reserved. */
  readonly onLow: (count: number) => void;
  readonly onShortage: (fault: Fault) => void;
  readonly onRefused: (fault: Fault) => void;
  readonly onFatal: (error: TxnidError) => void;
}

interface Port {
  readonly name: 'one-shot port' | 'session port';
  readonly tally: Tally;
  readonly listener: BoundSocket;
  readonly start: (options: ThreadsOptions, early: SpawnedThread | undefined) => Promise<Threads>;
}

export class Ports {
  readonly #values: SettingsValues;
  readonly #ports: Port[] = [];
  readonly #open: BoundSocket[] = [];
  readonly #threads: Threads[] = [];
  readonly #slots: SessionSlots;

  constructor(values: SettingsValues) {
    this.#values = values;
    this.#slots = SessionSlots.allocate(values.threads, values['max-sessions']);
  }

  /** Binds them, and lets nobody in. Throws TxnidError 'listen'; `close` closes what was bound. */
  bind(): void {
    const { ip, port, 'session-port': sessionPort } = this.#values;
    this.#add('one-shot port', bindTcp(ip, port), startOneShotThreads);
    if (sessionPort === 0) return;
    this.#add('session port', bindTcp(ip, sessionPort, 'non-blocking'), this.#startSessions);
  }

  /** Starts their threads, which hold. `early`: one of the one-shot port, spawned before. */
  async start(
    { counter, progression }: Sequence,
    events: PortsEvents,
    early: SpawnedThread | undefined,
  ): Promise<void> {
    const { threads: count, allow } = this.#values;
    const starting = this.#ports.map(async ({ listener, tally, start }) => {
      const options = { count, listener, tally, counter, progression, allow, ...events };
      this.#threads.push(await start(options, early));
    });
    await allDone(starting);
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

  /** What there is to see of the ports. */
  get activity(): Pick<MetricsSource, 'ports' | 'openSessions' | 'sessionsMax'> {
    const ports = this.#ports.map(({ name, tally }) => {
      return { name: name === 'session port' ? 'session' : 'one_shot', tally } as const;
    });
    const isSessionPortOn = this.#values['session-port'] !== 0;
    const sessionsMax = isSessionPortOn ? this.#slots.sessionsMax : 0;
    return { ports, sessionsMax, openSessions: () => this.#slots.taken };
  }

  /** A line of what the ports have done. */
  summary(): string {
    const { ports, openSessions, sessionsMax } = this.activity;
    const numbers = ports.reduce((sum, { tally }) => sum + tally.sum('numbers'), 0);
    const sessions =
      sessionsMax === 0 ? 'no session port' : `sessions ${openSessions()} of ${sessionsMax}`;
    return `handed out ${numbers}, ${sessions}`;
  }

  /**
   * Resolves when nobody claims numbers any more, and nobody can connect; the counter must have been stopped
   * before.
   */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((threads) => threads.stop()));
    this.close();
  }

  /** Gives the ports back, of which no thread may be serving any more. Doing it again does nothing. */
  close(): void {
    for (const listener of this.#open.splice(0)) listener.close();
  }

  #add(name: Port['name'], listener: BoundSocket, start: Port['start']): void {
    const tally = Tally.allocate(this.#values.threads);
    this.#ports.push({ name, listener, tally, start });
    this.#open.push(listener);
  }

  readonly #startSessions = (options: ThreadsOptions): Promise<Threads> => {
    const timeoutMs = this.#values['session-timeout'] * 1000;
    const rangeMax = this.#values['max-range'];
    return startSessionThreads({ ...options, timeoutMs, rangeMax, slots: this.#slots });
  };
}
