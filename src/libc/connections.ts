/**
 * The calls of a serving thread, raw: they return -1 instead of throwing, because most of their
 * failures are the everyday life of a server, and this is where its CPU time goes.
 */

import { foreign } from './libc.js';

// Linux's values, the same on x86-64 and arm64.
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;

const accept4 = foreign<(fd: number, address: null, bytes: null, flags: number) => number>(
  'int accept4(int, void *, void *, int)',
);
const send = foreign<(fd: number, bytes: Uint8Array, count: number, flags: number) => number>(
  'long send(int, uint8_t *, size_t, int)',
);

/** The next connection of a listening socket; blocks until there is one. -1: see `errno()`. */
export function accept(listener: number): number {
  return accept4(listener, null, null, SOCK_CLOEXEC);
}

/** Sends the first `count` bytes; how many were sent, or -1. A client that is gone raises no signal. */
export function sendBytes(connection: number, bytes: Uint8Array, count: number): number {
  return send(connection, bytes, count, MSG_NOSIGNAL);
}

/** close(2). Linux has released the descriptor even when it returns -1: never call it again. */
export const close = foreign<(fd: number) => number>('int close(int)');
