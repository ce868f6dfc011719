/** Unix datagram sockets, which node:dgram does not have. */

import { closeSync } from 'node:fs';
import { checked, errno, foreign, LibcError } from './libc.js';

// Linux's values, the same on x86-64 and arm64; both are little-endian.
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;

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
 * A datagram socket connected to `name`: a path, or an abstract name that begins with '@'. The name
 * is resolved here and never again, so the socket outlives a chroot. Throws LibcError.
 */
export function connectDatagram(name: string): number {
  const address = unixAddress(name);
  const fd = checked('socket', socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (connect(fd, address, address.length) === 0) return fd;
  const error = new LibcError('connect', errno());
  closeSync(fd);
  throw error;
}

/** Sends one datagram. Throws LibcError. */
export function sendDatagram(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  checked('send', send(fd, bytes, bytes.length, MSG_NOSIGNAL));
}

function unixAddress(name: string): Uint8Array {
  const isAbstract = name.startsWith('@');
  const path = isAbstract ? `\0${name.slice(1)}` : `${name}\0`;
  const address = Buffer.concat([Buffer.alloc(familyBytes), Buffer.from(path)]);
  address.writeUInt16LE(AF_UNIX);
  return address;
}
