/** The ports that the service serves numbers on: bound early, served late, stopped together. */

import type { Fault, TxnidError } from '../errors.js';
import { endpointText } from '../ip-address.js';
import type { Counters } from '../sequence/counter.js';
import { defaultName } from '../sequence/name.js';
import type { Progression } from '../sequence/progression.js';
import type { MetricsSource } from '../server/metrics/metrics.js';
import { startOneShotThreads } from '../server/one-shot/start.js';
import { redisKind, startRedisThreads } from '../server/redis/start.js';
import { SessionSlots } from '../server/session/slots.js';
import { spawnSessionThreads, startSessionThreads } from '../server/session/start.js';
import { Tally } from '../server/shared/tally.js';
import { type BoundSocket, bindTcp } from '../server/threads/bind.js';
import type { SpawnedThread } from '../server/threads/spawn.js';
import type { Threads, ThreadsOptions } from '../server/threads/threads.js';
import type { SettingsValues } from '../settings/table.js';
import { allDone } from './all-done.js';
import { packageVersion } from './version.js';

interface PortsEvents {
  /** `count` more numbers of the sequence at that place must fit into what is reserved. */
  readonly onLow: (sequence: number, count: number) => void;
  readonly onShortage: (fault: Fault) => void;
  readonly onRefused: (fault: Fault) => void;
  readonly onFatal: (error: TxnidError) => void;
}

interface Port {
  readonly name: 'one-shot port' | 'session port' | 'Redis port';
  readonly tally: Tally;
  readonly listener: BoundSocket;
  readonly start: (options: ThreadsOptions, early: SpawnedThread | undefined) => Promise<Threads>;
}

/** The names of ports as labels of metrics. */
const labels = {
  'one-shot port': 'one_shot',
  'session port': 'session',
  'Redis port': 'redis',
} as const satisfies Record<Port['name'], string>;

export class Ports {
  readonly #values: SettingsValues;
  readonly #ports: Port[] = [];
  readonly #open: BoundSocket[] = [];
  readonly #threads: Threads[] = [];
  readonly #sessionSlots: SessionSlots;
  readonly #redisSlots: SessionSlots;
  readonly #sessionThreads: readonly SpawnedThread[];
  readonly #redisThreads: readonly SpawnedThread[];

  /**
   * Where there are names to be checked, threads of sessions load meanwhile: they wait for their orders, and end with the
   * process where the start is refused.
   */
  constructor(values: SettingsValues) {
    this.#values = values;
    const [session, redis] = SessionSlots.allocate(values.threads, values['max-sessions'], 2);
    this.#sessionSlots = session as SessionSlots;
    this.#redisSlots = redis as SessionSlots;
    const { threads, 'max-sessions': sessionsMax } = values;
    const isLong = values.sequences.length > 0;
    const count = (port: number): number => (isLong && port !== 0 ? threads : 0);
    this.#sessionThreads = spawnSessionThreads(count(values['session-port']), sessionsMax);
    this.#redisThreads = spawnSessionThreads(count(values['redis-port']), sessionsMax, redisKind);
  }

  /** Binds them, and lets nobody in. Throws TxnidError 'listen'; `close` closes what was bound. */
  bind(): void {
    const { ip, port, 'session-port': sessionPort, 'redis-port': redisPort } = this.#values;
    this.#add('one-shot port', bindTcp(ip, port), startOneShotThreads);
    if (sessionPort !== 0)
      this.#add('session port', bindTcp(ip, sessionPort, 'non-blocking'), this.#startSessions);
    if (redisPort !== 0)
      this.#add('Redis port', bindTcp(ip, redisPort, 'non-blocking'), this.#startRedis);
  }

  /** Starts their threads, which hold. `early`: one of the one-shot port, spawned before. */
  async start(
    counters: Counters,
    progression: Progression,
    events: PortsEvents,
    early: SpawnedThread | undefined,
  ): Promise<void> {
    const { threads: count, allow } = this.#values;
    const starting = this.#ports.map(async ({ listener, tally, start }) => {
      const options = { count, listener, tally, counters, progression, allow, ...events };
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
      return `${name} ${endpointText(ip, listener.port)}, ${count} threads`;
    });
  }

  /** What there is to see of the ports. */
  get activity(): Pick<MetricsSource, 'ports' | 'openSessions' | 'sessionsMax'> {
    const ports = this.#ports.map(({ name, tally }) => {
      return { name: labels[name], tally };
    });
    const { 'session-port': sessionPort, 'redis-port': redisPort } = this.#values;
    const slots = this.#sessionSlots;
    // One limit over both ports: it bounds what the clients of this process can make it hold.
    const sessionsMax = sessionPort === 0 && redisPort === 0 ? 0 : slots.sessionsMax;
    return { ports, sessionsMax, openSessions: () => slots.taken };
  }

  /** Of all sequences, the instance's own first. */
  get names(): readonly string[] {
    return [defaultName, ...this.#values.sequences];
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

  readonly #startSessions = (options: ThreadsOptions): Promise<Threads> =>
    startSessionThreads({
      ...options,
      ...this.#sessionOrder(),
      slots: this.#sessionSlots,
      spawned: this.#sessionThreads,
    });

  readonly #startRedis = (options: ThreadsOptions): Promise<Threads> =>
    startRedisThreads({
      ...options,
      ...this.#sessionOrder(),
      slots: this.#redisSlots,
      spawned: this.#redisThreads,
      version: packageVersion() ?? 'unknown',
    });

  #sessionOrder() {
    const { 'session-timeout': timeout, 'max-range': rangeMax } = this.#values;
    return { timeoutMs: timeout * 1000, rangeMax, names: this.names };
  }
}
