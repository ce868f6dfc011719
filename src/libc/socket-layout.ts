/** What every call on sockets shares: Linux's values, the same on x86-64 and arm64. Data only. */

export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
export const SOL_SOCKET = 1;
export const MSG_NOSIGNAL = 0x4000;

export const AF_INET = 2;
export const AF_INET6 = 10;

/**
 * struct sockaddr_in of ip(7): family, port and address in network order, padding; struct sockaddr_in6 of ipv6(7): family,
 * port, flow information, address, scope.
 */
export const ipv4AddressBytes = 16;
export const portOffset = 2;
export const ipv4Offset = 4;
export const ipv6Offset = 8;

/** The second of them is the larger one. */
export const addressBytes = 28;
