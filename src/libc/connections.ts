/**
 * The calls of a serving thread, raw: they return -1 instead of throwing, because most of their
 * failures are the everyday life of a server, and this is where its CPU time goes.
 */

import { constants } from 'node:os';
import { foreign } from './libc.js';
import { ForeignMemory } from './memory.js';
import {
  AF_INET,
  addressBytes,
  ipv4Offset,
  ipv6Offset,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from './socket-layout.js';

// Linux's values, the same on x86-64 and arm64.
const MSG_DONTWAIT = 0x40;
const MSG_MORE = 0x8000;
const SHUT_WR = 1;
const SO_LINGER = 13;

const acceptFlags = {
  blocking: SOCK_CLOEXEC,
  'non-blocking': SOCK_CLOEXEC | SOCK_NONBLOCK,
} as const;

type Accept4 = (fd: number, address: number, bytes: number, flags: number) => number;
type Transfer<Memory> = (fd: number, memory: Memory, count: number, flags: number) => number;
type Option = (fd: number, level: number, name: number, value: Uint8Array, bytes: number) => number;

// Pointers as integers, and results of 32 bits where no more can come: what koffi makes of others costs a call dear.
const accept4 = foreign<Accept4>('int accept4(int, intptr_t, intptr_t, int)');
const send = foreign<Transfer<number>>('int send(int, intptr_t, size_t, int)');
const sendArray = foreign<Transfer<Uint8Array>>('int send(int, uint8_t *, size_t, int)');
const recv = foreign<Transfer<number>>('int recv(int, intptr_t, size_t, int)');
const shutdown = foreign<(fd: number, how: number) => number>('int shutdown(int, int)');
const setsockopt = foreign<Option>('int setsockopt(int, int, int, uint8_t *, uint32_t)');

/** Where a peer's address is put. */
export interface PeerAddress {
  readonly address: ForeignMemory;
  readonly bytes: ForeignMemory;
}

export function peerAddress(): PeerAddress {
  return { address: new ForeignMemory(addressBytes), bytes: new ForeignMemory(4) };
}

/** The 4 or 16 bytes of the address last put there; they are overwritten by the next one. */
export function addressOf({ address: { bytes } }: PeerAddress): Uint8Array {
  const isIpv4 = bytes.readUInt16LE(0) === AF_INET;
  const start = isIpv4 ? ipv4Offset : ipv6Offset;
  return bytes.subarray(start, start + (isIpv4 ? 4 : 16));
}

/** The next connection of a listening socket, which waits for one if it blocks. -1: see `errno()`. */
export function accept(listener: number, connections: keyof typeof acceptFlags): number {
  return accept4(listener, 0, 0, acceptFlags[connections]);
}

/** `accept`, which also tells where the connection comes from. */
export function acceptFrom(
  listener: number,
  connections: keyof typeof acceptFlags,
  { address, bytes }: PeerAddress,
): number {
  bytes.bytes.writeInt32LE(addressBytes);
  return accept4(listener, address.address, bytes.address, acceptFlags[connections]);
}

/**
 * Sends the first `count` bytes; how many were sent, or -1. Never waits, not even on a socket that
 * blocks: a kernel that is short of memory for sockets would let it wait without limit. A client that
 * is gone raises no signal.
 */
export function sendBytes(connection: number, { address }: ForeignMemory, count: number): number {
  return send(connection, address, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/** The same with all of an array. */
export function sendAll(connection: number, bytes: Uint8Array): number {
  return sendArray(connection, bytes, bytes.length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/**
 * Sends the first `count` bytes and the end of the stream behind them in one segment, where the kernel has room for
 * them; like `sendBytes` it never waits.
 *
 * The end is told by shutdown(2) and not left to close(2), which resets the connection where the client has sent
 * something that nobody received: a reset that overtakes what is still held back would take it with it.
 */
export function sendLast(connection: number, { address }: ForeignMemory, count: number): void {
  send(connection, address, count, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE);
  shutdown(connection, SHUT_WR);
}

/** Receives at most `count` bytes; how many, 0 at the end of the client's stream, or -1. */
export function receiveBytes(connection: number, memory: ForeignMemory, count: number): number {
  return recv(connection, memory.address, count, 0);
}

/** Whether a call that failed with this errno is to be made again, when the socket is ready for it. */
export function isPassing(error: number): boolean {
  return error === constants.errno.EAGAIN || error === constants.errno.EINTR;
}

/** Tells the client that nothing more is to come, behind all that was sent. */
export function endSending(connection: number): void {
  shutdown(connection, SHUT_WR);
}

/** close(2). Linux has released the descriptor even when it returns -1: never call it again. */
export const close = foreign<(fd: number) => number>('int close(int)');

/** Closes with a reset: the client cannot take what it has got so far for all there is. */
export function abort(connection: number): void {
  // struct linger of socket(7): on, for 0 seconds.
  const atOnce = new Uint8Array(Int32Array.of(1, 0).buffer);
  setsockopt(connection, SOL_SOCKET, SO_LINGER, atOnce, atOnce.length);
  close(connection);
}
