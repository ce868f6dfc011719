/** Unix sockets that are connected by name: node:dgram has none, and node:net waits in its event loop. */

import { closeSync } from 'node:fs';
import { sendAll } from './connections.js';
import { checked, errno, foreign, LibcError } from './libc.js';
import { MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK } from './socket-layout.js';

// Linux's values, the same on x86-64 and arm64; both are little-endian.
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

/** A stream would wait for its peer to accept, a datagram socket is connected at once anyway. */
const socketTypes = { datagram: SOCK_DGRAM, stream: SOCK_STREAM | SOCK_NONBLOCK } as const;

export type UnixSocketKind = keyof typeof socketTypes;

// struct sockaddr_un of unix(7): family, then the name; a path ends in a NUL, an abstract name begins with one.
const familyBytes = 2;

/** Longest name of a Unix socket in bytes; the 108th byte is the NUL. */
export const unixNameBytesMax = 107;

const socket = foreign<(domain: number, type: number, protocol: number) => number>(
  'int socket(int, int, int)',
);
const connect = foreign<(fd: number, address: Uint8Array, bytes: number) => number>(
  'int connect(int, uint8_t *, uint32_t)',
);
const send = foreign<(fd: number, bytes: Uint8Array, count: number, flags: number) => number>(
  'long send(int, uint8_t *, size_t, int)',
);

/**
 * A socket connected to `name`: a path, or an abstract name that begins with '@'. The name is resolved
 * here and never again, so the socket outlives a chroot. Throws LibcError: EPROTOTYPE where the peer is
 * of the other kind.
 */
export function connectUnix(name: string, kind: UnixSocketKind): number {
  const address = unixAddress(name);
  const fd = checked('socket', socket(AF_UNIX, socketTypes[kind] | SOCK_CLOEXEC, 0));
  if (connect(fd, address, address.length) === 0) return fd;
  const error = new LibcError('connect', errno());
  closeSync(fd);
  throw error;
}

/** Sends one datagram, which waits for a receiver that has too many of them. Throws LibcError. */
export function sendDatagram(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  checked('send', send(fd, bytes, bytes.length, MSG_NOSIGNAL));
}

/**
 * Sends what the receiver has room for at this moment, of a datagram all or nothing; how many bytes.
 * Throws LibcError: EAGAIN where there is no room.
 */
export function sendAtOnce(fd: number, bytes: Uint8Array): number {
  return checked('send', sendAll(fd, bytes));
}

function unixAddress(name: string): Uint8Array {
  const isAbstract = name.startsWith('@');
  const path = isAbstract ? `\0${name.slice(1)}` : `${name}\0`;
  const address = Buffer.concat([Buffer.alloc(familyBytes), Buffer.from(path)]);
  address.writeUInt16LE(AF_UNIX);
  return address;
}
