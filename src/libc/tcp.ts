/** TCP sockets, most of which listen. Every other function than `connectTo` throws LibcError when its call fails. */

import { constants } from 'node:os';
import { parseAddress } from '../ip-address.js';
import { checked, errno, foreign, LibcError } from './libc.js';
import {
  AF_INET,
  AF_INET6,
  addressBytes,
  ipv4AddressBytes,
  ipv4Offset,
  ipv6Offset,
  portOffset,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from './socket-layout.js';

// Linux's values, the same on x86-64 and arm64; both are little-endian.
const SOCK_STREAM = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const TCP_NODELAY = 1;
const SHUT_RD = 0;

type Option = (fd: number, level: number, name: number, value: Uint8Array, bytes: number) => number;

const socket = foreign<(domain: number, type: number, protocol: number) => number>(
  'int socket(int, int, int)',
);
const setsockopt = foreign<Option>('int setsockopt(int, int, int, uint8_t *, uint32_t)');
const bind = foreign<(fd: number, address: Uint8Array, bytes: number) => number>(
  'int bind(int, uint8_t *, uint32_t)',
);
const connect = foreign<(fd: number, address: Uint8Array, bytes: number) => number>(
  'int connect(int, uint8_t *, uint32_t)',
);
const getsockname = foreign<(fd: number, address: Uint8Array, bytes: Uint8Array) => number>(
  'int getsockname(int, uint8_t *, uint8_t *)',
);
const listen = foreign<(fd: number, backlog: number) => number>('int listen(int, int)');
const shutdown = foreign<(fd: number, how: number) => number>('int shutdown(int, int)');

/** A new TCP socket for addresses such as this one, IPv4 or IPv6, that no child process inherits. */
export function tcpSocket(ip: string, accepts: 'blocking' | 'non-blocking' = 'blocking'): number {
  const flags = accepts === 'blocking' ? SOCK_CLOEXEC : SOCK_CLOEXEC | SOCK_NONBLOCK;
  return checked('socket', socket(familyOf(ip), SOCK_STREAM | flags, 0));
}

function familyOf(ip: string): number {
  return parseAddress(ip)?.length === 4 ? AF_INET : AF_INET6;
}

/** Lets a socket that is bound to every IPv6 address serve IPv4 as well, whatever the host's default is. */
export function serveBothFamilies(fd: number): void {
  setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

/** Lets a port be bound while connections of its last owner still linger (TIME_WAIT). */
export function reuseAddress(fd: number): void {
  setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}

/** Sends small replies at once. */
export function sendWithoutDelay(fd: number): void {
  setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/** Bounds what the kernel holds of bytes that a peer does not take, about; it doubles `bytes`. */
export function limitSendBuffer(fd: number, bytes: number): void {
  setOption(fd, SOL_SOCKET, SO_SNDBUF, bytes);
}

/** Binds to an address and a port; port 0 lets the kernel choose. */
export function bindTo(fd: number, ip: string, port: number): void {
  const address = socketAddress(ip, port);
  checked('bind', bind(fd, address, address.length));
}

/**
 * Connects to an address that `socketAddress` made; 0, or -1: see `errno()`. One that does not block
 * goes on connecting (EINPROGRESS): it becomes writable, or has failed and has ended.
 */
export function connectTo(fd: number, address: Uint8Array): number {
  return connect(fd, address, address.length);
}

/** An address and a port, as the kernel sees them. */
export function socketAddress(ip: string, port: number): Uint8Array {
  const bytes = parseAddress(ip) ?? new Uint8Array(4);
  const isIpv4 = bytes.length === 4;
  const address = Buffer.alloc(isIpv4 ? ipv4AddressBytes : addressBytes);
  address.writeUInt16LE(isIpv4 ? AF_INET : AF_INET6);
  address.writeUInt16BE(port, portOffset);
  address.set(bytes, isIpv4 ? ipv4Offset : ipv6Offset);
  return address;
}

/** The port that a socket is bound to. */
export function boundPort(fd: number): number {
  const address = Buffer.alloc(addressBytes);
  checked('getsockname', getsockname(fd, address, int32Bytes(addressBytes)));
  return address.readUInt16BE(portOffset);
}

/** Lets clients in; as many as `backlog` wait in the kernel until they are accepted. */
export function listenOn(fd: number, backlog: number): void {
  checked('listen', listen(fd, backlog));
}

/**
 * Ends listening for good, if the socket listens: every accept that blocks fails with EINVAL, and so
 * does every later one.
 */
export function endListening(fd: number): void {
  if (shutdown(fd, SHUT_RD) === 0) return;
  const error = errno();
  if (error !== constants.errno.ENOTCONN) throw new LibcError('shutdown', error);
}

function setOption(fd: number, level: number, name: number, value: number): void {
  const bytes = int32Bytes(value);
  checked('setsockopt', setsockopt(fd, level, name, bytes, bytes.length));
}

/** An int as C sees it in memory. */
function int32Bytes(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
