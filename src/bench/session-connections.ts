/** Connections to the session port: each is kept open, with a number of requests in flight. */

import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { close, isPassing, receiveBytes, sendAll, sendBytes } from '../libc/connections.js';
import { type Poller, readiness } from '../libc/epoll.js';
import { errno, LibcError } from '../libc/libc.js';
import { ForeignMemory } from '../libc/memory.js';
import { connectTo, sendWithoutDelay, socketAddress, tcpSocket } from '../libc/tcp.js';
import type { Address, Connections } from './connections.js';
import { Conversation, type Measured } from './conversation.js';
import type { Due } from './pace.js';

const soh = '\x01';
const stx = '\x02';
const etx = 0x03;

/** Bytes that are received at once. */
const chunkBytesMax = 262_144;

/** News of both directions: what does not fit into a socket is sent when there is room again. */
const events = readiness.edgeTriggered | readiness.readable | readiness.writable | readiness.ended;

export interface SessionConnectionsOptions extends Address {
  readonly poller: Poller;
  readonly measured: Measured;
  readonly connections: number;
  /** Requests in flight on each, at most. */
  readonly depth: number;
  readonly step: number;
  /** Whose numbers; undefined: the instance's own. */
  readonly sequence: string | undefined;
}

class Connection {
  /** Whether it waits in the queue of those that have room. */
  isQueued = false;
  /** How much of the request that is sent next has been sent: a socket takes any part of it. */
  begun = 0;

  constructor(
    readonly fd: number,
    readonly conversation: Conversation,
  ) {}
}

export class SessionConnections implements Connections {
  readonly #options: SessionConnectionsOptions;
  readonly #open = new Map<number, Connection>();
  /** Those that have room for requests, in turn. */
  #withRoom: Connection[] = [];
  readonly #requestBytes: number;
  readonly #requests: ForeignMemory;
  readonly #chunk = new ForeignMemory(chunkBytesMax);
  #inFlight = 0;

  /** Opens all of them. Throws LibcError. */
  constructor(options: SessionConnectionsOptions) {
    this.#options = options;
    const { sequence, depth } = options;
    const request = sequence === undefined ? stx : `${soh}${sequence}${stx}`;
    this.#requestBytes = request.length;
    this.#requests = new ForeignMemory(depth * request.length);
    this.#requests.bytes.write(request.repeat(depth), 'latin1');
    for (let left = options.connections; left > 0; left--) this.#connect();
  }

  get areGone(): boolean {
    return this.#open.size === 0;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  ask(due: Due): number {
    const queue = this.#withRoom;
    if (queue.length === 0 || due.count === 0) return 0;
    this.#withRoom = [];
    const share = Math.ceil(due.count / queue.length);
    let sent = 0;
    for (const connection of queue) {
      connection.isQueued = false;
      // Its descriptor is closed, and may be another file's by now.
      if (!this.#open.has(connection.fd)) continue;
      const count = Math.min(share, due.count - sent);
      if (count === 0) this.#queue(connection);
      else sent += this.#send(connection, count, due, sent);
    }
    return sent;
  }

  serve(fd: number): void {
    const connection = this.#open.get(fd);
    if (connection === undefined) return;
    const before = connection.conversation.inFlight;
    const end = this.#receive(connection);
    this.#inFlight -= before - connection.conversation.inFlight;
    if (end === undefined) this.#queue(connection);
    else this.#lose(connection, end);
  }

  lowestFloor(): number {
    let lowest = this.#options.measured.check.highest;
    for (const { conversation } of this.#open.values()) {
      lowest = Math.min(lowest, conversation.floor ?? lowest);
    }
    return lowest;
  }

  closeAll(): void {
    for (const { fd } of this.#open.values()) close(fd);
    this.#open.clear();
  }

  #connect(): void {
    const { ip, port, poller, measured, step } = this.#options;
    const address = socketAddress(ip, port);
    const fd = tcpSocket(ip, 'non-blocking');
    this.#open.set(fd, new Connection(fd, new Conversation(measured, etx, step)));
    sendWithoutDelay(fd);
    connectTo(fd, address);
    // Told as writable once it is connected, and as ended when it cannot be.
    poller.add(fd, events);
  }

  /** Sends `count` requests at most, `before` of those that are due were sent to others; how many. */
  #send(connection: Connection, count: number, due: Due, before: number): number {
    const { conversation } = connection;
    const room = Math.min(count, this.#options.depth - conversation.inFlight);
    // The clock is read again: many connections were served since the requests became due.
    const sinceMs = due.spacingMs === 0 ? performance.now() : due.sinceMs + before * due.spacingMs;
    const sent = this.#sendRequests(connection, room);
    if (sent > 0) conversation.asked(sent, sinceMs, due.spacingMs);
    this.#inFlight += sent;
    // A socket that takes no more is told of when it does.
    if (sent === room) this.#queue(connection);
    return sent;
  }

  /** How many have left as a whole. */
  #sendRequests(connection: Connection, count: number): number {
    const { fd, begun } = connection;
    if (count === 0) return 0;
    if (begun > 0) {
      const rest = this.#requests.bytes.subarray(begun, this.#requestBytes);
      const sent = Math.max(0, sendAll(fd, rest));
      connection.begun = (begun + sent) % this.#requestBytes;
      return connection.begun === 0 ? 1 : 0;
    }
    const bytes = Math.max(0, sendBytes(fd, this.#requests, count * this.#requestBytes));
    connection.begun = bytes % this.#requestBytes;
    return Math.floor(bytes / this.#requestBytes);
  }

  /** Receives all there is; why the connection cannot go on, if it cannot. */
  #receive({ fd, conversation }: Connection): string | undefined {
    for (;;) {
      const count = receiveBytes(fd, this.#chunk, chunkBytesMax);
      if (count === 0) return closedByServer;
      if (count < 0) return failureOf(errno());
      const isReply = conversation.receive(this.#chunk.bytes, count, performance.now());
      if (!isReply) return 'the server sent what is no reply';
    }
  }

  #queue(connection: Connection): void {
    const hasRoom = connection.conversation.inFlight < this.#options.depth;
    if (connection.isQueued || !hasRoom) return;
    connection.isQueued = true;
    this.#withRoom.push(connection);
  }

  #lose({ fd, conversation }: Connection, reason: string): void {
    this.#options.measured.reason = reason;
    this.#open.delete(fd);
    close(fd);
    this.#inFlight -= conversation.inFlight;
    // A connection that is lost while nothing was asked is a failure too.
    this.#options.measured.failed += Math.max(1, conversation.inFlight);
  }
}

const closedByServer = 'the server closed the connection';

/** What a failed call says of its connection; nothing when it only has to wait. */
function failureOf(error: number): string | undefined {
  // A server that closes before it has read the request resets the connection by that.
  if (error === constants.errno.ECONNRESET) return closedByServer;
  return isPassing(error) ? undefined : new LibcError('recv', error).message;
}
