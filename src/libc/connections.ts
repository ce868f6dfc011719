/**
 * The calls of a serving thread, raw: they return -1 instead of throwing, because most of their
 * failures are the everyday life of a server, and this is where its CPU time goes.
 */

import { constants } from 'node:os';
import { foreign } from './libc.js';
import {
  addressBytes,
  ipOffset,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from './socket-layout.js';

// Linux's values, the same on x86-64 and arm64.
const MSG_DONTWAIT = 0x40;
const SHUT_WR = 1;
const SO_LINGER = 13;

const acceptFlags = {
  blocking: SOCK_CLOEXEC,
  'non-blocking': SOCK_CLOEXEC | SOCK_NONBLOCK,
} as const;

type Accept4 = (
  fd: number,
  address: Uint8Array | null,
  bytes: Uint8Array | null,
  flags: number,
) => number;
type Transfer = (fd: number, bytes: Uint8Array, count: number, flags: number) => number;
type Option = (fd: number, level: number, name: number, value: Uint8Array, bytes: number) => number;

const accept4 = foreign<Accept4>('int accept4(int, void *, void *, int)');
const send = foreign<Transfer>('long send(int, uint8_t *, size_t, int)');
const recv = foreign<Transfer>('long recv(int, uint8_t *, size_t, int)');
const shutdown = foreign<(fd: number, how: number) => number>('int shutdown(int, int)');
const setsockopt = foreign<Option>('int setsockopt(int, int, int, uint8_t *, uint32_t)');

/** Where a peer's address is put. */
export interface PeerAddress {
  readonly address: Buffer;
  readonly bytes: Buffer;
}

export function peerAddress(): PeerAddress {
  return { address: Buffer.alloc(addressBytes), bytes: Buffer.alloc(4) };
}

/** The IPv4 address last put there as 32 bits, the first of its four numbers highest. */
export function ipv4Of({ address }: PeerAddress): number {
  return address.readInt32BE(ipOffset);
}

/** The next connection of a listening socket, which waits for one if it blocks. -1: see `errno()`. */
export function accept(listener: number, connections: keyof typeof acceptFlags): number {
  return accept4(listener, null, null, acceptFlags[connections]);
}

/** `accept`, which also tells where the connection comes from. */
export function acceptFrom(
  listener: number,
  connections: keyof typeof acceptFlags,
  { address, bytes }: PeerAddress,
): number {
  bytes.writeInt32LE(addressBytes);
  return accept4(listener, address, bytes, acceptFlags[connections]);
}

/**
 * Sends the first `count` bytes; how many were sent, or -1. Never waits, not even on a socket that
 * blocks: a kernel that is short of memory for sockets would let it wait without limit. A client that
 * is gone raises no signal.
 */
export function sendBytes(connection: number, bytes: Uint8Array, count: number): number {
  return send(connection, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/** Receives at most `count` bytes; how many, 0 at the end of the client's stream, or -1. */
export function receiveBytes(connection: number, bytes: Uint8Array, count: number): number {
  return recv(connection, bytes, count, 0);
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
