/** What every call on sockets shares: Linux's values, the same on x86-64 and arm64. Data only. */

export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
export const SOL_SOCKET = 1;
export const MSG_NOSIGNAL = 0x4000;

/** struct sockaddr_in of ip(7): family, port and address in network order, padding. */
export const addressBytes = 16;
export const portOffset = 2;
export const ipOffset = 4;
