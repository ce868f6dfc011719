/**
 * Clients of one instance on both of its ports, for as long as the torture lasts: whatever becomes of
 * the server, they come again.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Seeded } from '../support/fixtures/seeded.js';
import { ask, isWhole } from '../support/processes/one-shot-client.js';
import type { Recording } from './recording.js';
import { type Request, SessionExchange } from './session-exchange.js';

export interface LoadOptions {
  readonly port: number;
  readonly sessionPort: number;
  readonly increment: bigint;
  readonly recording: Recording;
  /** What came of each sequence that is asked by its name. */
  readonly named: ReadonlyMap<string, Recording>;
  /** Called with what no server may ever send. */
  readonly onBroken: (what: string) => void;
}

const oneShotClients = 3;
const sessionClients = 2;
const pauseMsMax = 12;
const burstMax = 40;
const rangeMax = 1000;
/** One request in so many is for the largest range there is. */
const hugeRangeEvery = 200;
const hugeRange = 1_000_000;
const reconnectMs = 10;

export class Load {
  readonly #options: LoadOptions;
  readonly #random: Seeded;
  readonly #sessions = new Set<Socket>();
  readonly #loops: Promise<void>[];
  #isStopped = false;

  /** `seed`: what the clients ask for is drawn from it. */
  constructor(options: LoadOptions, seed: number) {
    this.#options = options;
    this.#random = new Seeded(seed);
    this.#loops = [
      ...Array.from({ length: oneShotClients }, () => this.#askOneByOne()),
      ...Array.from({ length: sessionClients }, () => this.#keepSession()),
      ...[...options.named.keys()].map((name) => this.#keepSession(name)),
    ];
  }

  /** Resolves when every client has seen the end of its connection; the server must have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const session of this.#sessions) session.destroy();
    await Promise.all(this.#loops);
  }

  /** One more session for a single request that makes the reservation move. */
  async demand(): Promise<void> {
    await this.#session(() => [{ kind: 'range', count: hugeRange }], 1);
  }

  async #askOneByOne(): Promise<void> {
    const { port, recording, increment, onBroken } = this.#options;
    const client = recording.newClient();
    while (!this.#isStopped) {
      const askedAfter = recording.receipts.length;
      const { text, error } = await ask(port);
      if (isWhole(text)) {
        recording.add([{ client, askedAfter, first: BigInt(text), increment, count: 1n }]);
      } else if (text !== '') {
        onBroken(`a broken line: ${JSON.stringify(text)}`);
      }
      await sleep(error === 'ECONNREFUSED' ? reconnectMs : this.#random.below(pauseMsMax));
    }
  }

  async #keepSession(name?: string): Promise<void> {
    while (!this.#isStopped) {
      await this.#session(() => this.#burst(), Number.POSITIVE_INFINITY, name);
      await sleep(reconnectMs);
    }
  }

  /** One session of so many bursts, each of which is sent when the one before is answered. */
  async #session(burst: () => Request[], bursts: number, name?: string): Promise<void> {
    const { sessionPort, increment, onBroken, named } = this.#options;
    const recording = named.get(name ?? '') ?? this.#options.recording;
    const socket = connect(sessionPort, '127.0.0.1').setNoDelay(true);
    const exchange = new SessionExchange(recording.newClient(), increment, name);
    const ended = once(socket, 'close');
    let left = bursts;
    const send = (): void => {
      if (left-- <= 0 || this.#isStopped) socket.end();
      else socket.write(exchange.ask(burst(), recording.receipts.length), 'latin1');
    };
    socket.on('connect', send);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      try {
        recording.add(exchange.receive(bytes.toString('latin1')));
        if (exchange.isSettled) setTimeout(send, this.#random.below(pauseMsMax));
      } catch (error) {
        onBroken(`on a session, ${(error as Error).message}`);
        socket.destroy();
      }
    });
    // A stop never ends in the middle of a reply; a reset may, and so may a kill.
    socket.on('end', () => exchange.isCut && !this.#isStopped && onBroken('a session was cut'));
    this.#sessions.add(socket);
    await ended.catch(() => {});
    this.#sessions.delete(socket);
  }

  #burst(): Request[] {
    return Array.from({ length: 1 + this.#random.below(burstMax) }, () => this.#request());
  }

  #request(): Request {
    if (this.#random.below(hugeRangeEvery) === 0) return { kind: 'range', count: hugeRange };
    const kind = this.#random.below(10);
    if (kind === 0) return { kind: 'bell' };
    if (kind > 2) return { kind: 'number' };
    return { kind: 'range', count: 1 + this.#random.below(rangeMax) };
  }
}
