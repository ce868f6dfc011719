/** Connections to the one-shot port: one for each number, up to a number of them at once. */

import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { close, isPassing, receiveBytes } from '../libc/connections.js';
import { type Poller, readiness } from '../libc/epoll.js';
import { errno, LibcError } from '../libc/libc.js';
import { ForeignMemory } from '../libc/memory.js';
import { connectTo, socketAddress, tcpSocket } from '../libc/tcp.js';
import type { Address, Connections } from './connections.js';
import { Conversation, type Measured } from './conversation.js';
import type { Due } from './pace.js';

const newline = 0x0a;

/** A reply is the digits of a number and a newline; one byte more shows what is too long. */
const chunkBytesMax = 22;

/** Failures in a row after which the server counts as gone. */
const failuresMax = 1000;

export interface OneShotConnectionsOptions extends Address {
  readonly poller: Poller;
  readonly measured: Measured;
  /** Most of them at once. */
  readonly connections: number;
  readonly step: number;
}

export class OneShotConnections implements Connections {
  readonly #options: OneShotConnectionsOptions;
  readonly #address: Uint8Array;
  readonly #open = new Map<number, Conversation>();
  readonly #chunk = new ForeignMemory(chunkBytesMax);
  #failures = 0;

  constructor(options: OneShotConnectionsOptions) {
    this.#options = options;
    this.#address = socketAddress(options.ip, options.port);
  }

  get areGone(): boolean {
    return this.#failures >= failuresMax;
  }

  get inFlight(): number {
    return this.#open.size;
  }

  /** Throws LibcError when there are no more sockets to be had. */
  ask({ count, sinceMs, spacingMs }: Due): number {
    const room = this.#options.connections - this.#open.size;
    const sent = Math.min(room, count);
    for (let index = 0; index < sent && !this.areGone; index++) {
      this.#connect(spacingMs === 0 ? performance.now() : sinceMs + index * spacingMs);
    }
    return sent;
  }

  /** The server closes first, so it keeps the port of a closed connection, and this side runs out of none. */
  serve(fd: number): void {
    const conversation = this.#open.get(fd);
    if (conversation === undefined) return;
    for (;;) {
      const count = receiveBytes(fd, this.#chunk, chunkBytesMax);
      const error = count < 0 ? errno() : 0;
      if (count < 0 && isPassing(error)) return;
      const isReply =
        count > 0 && conversation.receive(this.#chunk.bytes, count, performance.now());
      if (isReply) continue;
      const isGood = count === 0 && conversation.inFlight === 0;
      this.#end(fd, isGood ? undefined : reasonOf(count, error));
      return;
    }
  }

  lowestFloor(): number {
    const [oldest] = this.#open.values();
    return oldest?.floor ?? this.#options.measured.check.highest;
  }

  closeAll(): void {
    for (const fd of this.#open.keys()) close(fd);
    this.#open.clear();
  }

  #connect(sinceMs: number): void {
    const { poller, measured, step } = this.#options;
    const fd = tcpSocket(this.#options.ip, 'non-blocking');
    const conversation = new Conversation(measured, newline, step);
    conversation.asked(1, sinceMs, 0);
    this.#open.set(fd, conversation);
    const error = connectTo(fd, this.#address) === 0 ? 0 : errno();
    if (error !== 0 && error !== constants.errno.EINPROGRESS) this.#end(fd, reasonOf(-1, error));
    else poller.add(fd, readiness.readable | readiness.ended | readiness.edgeTriggered);
  }

  /** `reason`: why it brought no number, if it did not. */
  #end(fd: number, reason: string | undefined): void {
    close(fd);
    this.#open.delete(fd);
    this.#failures = reason === undefined ? 0 : this.#failures + 1;
    if (reason === undefined) return;
    this.#options.measured.failed++;
    this.#options.measured.reason = reason;
  }
}

/** Why a connection ended without a number; `count`: what its last call returned. */
function reasonOf(count: number, error: number): string {
  if (count < 0) return new LibcError('connection', error).message;
  if (count > 0) return 'the server sent what is no number';
  return 'the server closed the connection without a number';
}
