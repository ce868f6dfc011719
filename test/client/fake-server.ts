/**
 * A session server of a few lines, written apart from the real one. It counts from 1 on by 1 over all
 * its connections. What it does with the requests of a connection can be replaced, to inject faults.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export const bel = '\x07';
export const etx = '\x03';
export const stx = '\x02';

/** All requests of a piece. */
const request = new RegExp(`${bel}|\\d*${stx}`, 'g');

/** What a server does with a piece of bytes that came in. */
export type Answering = (connection: Socket, bytes: string) => void;

export class FakeServer {
  /** What came in, a list of pieces for each connection. Node reads up to 64 KiB in one piece. */
  readonly received: string[][] = [];
  readonly #connections = new Set<Socket>();
  readonly #server: Server;
  /** The next number. */
  next = 1n;
  /** What it answers to the first ping of a connection; `undefined`: it closes at once. */
  greeting: string | undefined = bel;

  /** `answering`: what it does after it has answered the ping that greets it. */
  constructor(answering?: Answering) {
    const answer = answering ?? ((connection, bytes) => this.answer(connection, bytes));
    this.#server = createServer((connection) => this.#serve(connection, answer));
  }

  static async listen(answering?: Answering, port = 0): Promise<FakeServer> {
    const server = new FakeServer(answering);
    server.#server.listen(port, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers requests as a real server does. Must be given whole ones. */
  answer(connection: Socket, bytes: string): void {
    connection.write(this.replies(bytes));
  }

  replies(bytes: string): string {
    const requests = bytes.match(request) ?? [];
    assert.equal(requests.join(''), bytes, 'requests are whole');
    return requests.map((found) => this.#reply(found)).join('');
  }

  /** Closes all connections. */
  disconnect(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Resolves once all connections are closed. */
  async idle(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => once(connection, 'close')));
  }

  async close(): Promise<void> {
    this.disconnect();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #reply(request: string): string {
    if (request === bel) return bel;
    const first = this.next;
    if (request === stx) {
      this.next++;
      return `${first}${etx}`;
    }
    const count = request.slice(0, -1);
    this.next += BigInt(count);
    return `${first}+1*${count}${etx}`;
  }

  #serve(connection: Socket, answer: Answering): void {
    const pieces: string[] = [];
    this.received.push(pieces);
    this.#connections.add(connection);
    connection.setNoDelay();
    connection.on('error', () => {});
    connection.on('close', () => this.#connections.delete(connection));
    connection.on('data', (chunk) => {
      const bytes = chunk.toString('latin1');
      pieces.push(bytes);
      const isGreeting = pieces.length === 1 && bytes === bel;
      if (isGreeting) this.#greet(connection);
      else answer(connection, bytes);
    });
  }

  #greet(connection: Socket): void {
    if (this.greeting === undefined) connection.destroy();
    else connection.write(this.greeting);
  }
}
