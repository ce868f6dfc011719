/**
 * The open connections of the metrics port, each good for one request. Epoll is edge-triggered for them.
 *
 * Everything about them is bounded: how many there are (the one that has been open longest goes when
 * one more comes, so that slow clients cannot keep a fast one out), how long one lasts, and how much
 * is read from it. After the answer the rest is read and thrown away, because a close over unread
 * bytes would reset the connection and lose the answer on its way.
 */

import { close, endSending, isPassing, receiveBytes, sendAll } from '../../libc/connections.js';
import { errno } from '../../libc/libc.js';
import { ForeignMemory } from '../../libc/memory.js';

const connectionsMax = 16;

/** How long a client has to send its request, and then to take the answer and close. */
const requestTimeoutMs = 2000;
const answerTimeoutMs = 2000;

const chunkBytes = 4096;

/** Most bytes that are thrown away behind a request. */
const discardedBytesMax = 65_536;

const nothing = Buffer.alloc(0);

interface Connection {
  readonly fd: number;
  /** What has come of the request. */
  head: Buffer;
  isAnswered: boolean;
  unsent: Buffer;
  discardedBytes: number;
  /** When its time is up. */
  dueMs: number;
}

export interface MetricsConnectionsOptions {
  /** The answer to what has come; undefined while more has to come, which must be bounded. */
  readonly answer: (head: Buffer) => Buffer | undefined;
  /** The answer to a request that takes too long. */
  readonly tooLate: () => Buffer;
}

export class MetricsConnections {
  readonly #options: MetricsConnectionsOptions;
  /** In the order in which they were opened. */
  readonly #open = new Map<number, Connection>();
  readonly #chunk = new ForeignMemory(chunkBytes);

  constructor(options: MetricsConnectionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Takes an accepted connection, which must not block. */
  add(fd: number, nowMs: number): void {
    if (this.#open.size >= connectionsMax) this.endOldest();
    this.#open.set(fd, {
      fd,
      head: nothing,
      isAnswered: false,
      unsent: nothing,
      discardedBytes: 0,
      dueMs: nowMs + requestTimeoutMs,
    });
  }

  /** Does what there is to do for a connection that epoll reports. */
  serve(fd: number, nowMs: number): void {
    const connection = this.#open.get(fd);
    if (connection === undefined) return;
    if (!connection.isAnswered) this.#receive(connection, nowMs);
    else if (connection.unsent.length > 0) this.#send(connection);
    else this.#discard(connection);
  }

  /** Ends those whose time is up: a request that did not come with an answer, the others at once. */
  endOverdue(nowMs: number): void {
    for (const connection of this.#open.values()) {
      if (nowMs < connection.dueMs) continue;
      if (connection.isAnswered) this.#end(connection);
      else this.#reply(connection, this.#options.tooLate(), nowMs);
    }
  }

  /** Gives the descriptor of the one that has been open longest back; false where there is none. */
  endOldest(): boolean {
    const [oldest] = this.#open.values();
    if (oldest !== undefined) this.#end(oldest);
    return oldest !== undefined;
  }

  closeAll(): void {
    for (const connection of this.#open.values()) this.#end(connection);
  }

  #receive(connection: Connection, nowMs: number): void {
    for (;;) {
      const count = receiveBytes(connection.fd, this.#chunk, chunkBytes);
      if (count <= 0) {
        this.#pauseOrEnd(connection, count);
        return;
      }
      connection.head = Buffer.concat([connection.head, this.#chunk.bytes.subarray(0, count)]);
      const answer = this.#options.answer(connection.head);
      if (answer !== undefined) {
        this.#reply(connection, answer, nowMs);
        return;
      }
    }
  }

  #reply(connection: Connection, answer: Buffer, nowMs: number): void {
    connection.isAnswered = true;
    connection.head = nothing;
    connection.unsent = answer;
    connection.dueMs = nowMs + answerTimeoutMs;
    this.#send(connection);
  }

  #send(connection: Connection): void {
    const { fd, unsent } = connection;
    const sent = sendAll(fd, unsent);
    if (sent < 0) {
      this.#pauseOrEnd(connection, sent);
      return;
    }
    connection.unsent = unsent.subarray(sent);
    // One that is not through is reported when there is room again.
    if (connection.unsent.length > 0) return;
    endSending(fd);
    this.#discard(connection);
  }

  #discard(connection: Connection): void {
    while (connection.discardedBytes <= discardedBytesMax) {
      const count = receiveBytes(connection.fd, this.#chunk, chunkBytes);
      if (count <= 0) {
        this.#pauseOrEnd(connection, count);
        return;
      }
      connection.discardedBytes += count;
    }
    this.#end(connection);
  }

  /** After a transfer of nothing: the client has ended it, or the connection has failed, or it waits. */
  #pauseOrEnd(connection: Connection, result: number): void {
    if (result === 0 || !isPassing(errno())) this.#end(connection);
  }

  #end(connection: Connection): void {
    this.#open.delete(connection.fd);
    close(connection.fd);
  }
}
