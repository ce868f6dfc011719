/** epoll(7): waits for the sockets of a thread. */

import { constants } from 'node:os';
import { checked, errno, foreign, LibcError } from './libc.js';
import { ForeignMemory } from './memory.js';

// Linux's values, the same on x86-64 and arm64; both are little-endian.
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;

/** What to wait for. */
export const readiness = {
  readable: 0x1,
  writable: 0x4,
  /** The peer has ended its stream (EPOLLRDHUP). */
  ended: 0x2000,
  /** Of all threads that wait for a socket, not every one is woken (EPOLLEXCLUSIVE). */
  exclusive: 0x10000000,
  /** A readiness that was not used up is not reported again (EPOLLET). */
  edgeTriggered: 0x80000000,
} as const;

/** Of the events of a wait: the connection has failed (EPOLLERR, EPOLLHUP) or its peer has ended it. */
const hangups = 0x8 | 0x10 | readiness.ended;

/** struct epoll_event, events and then our own data, is packed on x86-64 and nowhere else. */
const eventWords = process.arch === 'x64' ? 3 : 4;
const dataWord = process.arch === 'x64' ? 1 : 2;

/** Most events of one wait; the others come with the next. */
const eventsMax = 256;

type Control = (epoll: number, operation: number, fd: number, event: Uint8Array) => number;

const epollCreate1 = foreign<(flags: number) => number>('int epoll_create1(int)');
const epollCtl = foreign<Control>('int epoll_ctl(int, int, int, uint8_t *)');
const epollWait = foreign<
  (epoll: number, events: number, eventsMax: number, timeoutMs: number) => number
>('int epoll_wait(int, intptr_t, int, int)');

/** The descriptor of a new epoll instance. Throws LibcError. */
export function newEpoll(): number {
  return checked('epoll_create1', epollCreate1(EPOLL_CLOEXEC));
}

/** An epoll instance, which any thread may add to; only one waits. Its changes return -1 or 0. */
export class Poller {
  readonly #memory = new ForeignMemory(eventsMax * eventWords * Int32Array.BYTES_PER_ELEMENT);
  readonly #events = new Int32Array(this.#memory.bytes.buffer);
  readonly #change = new Int32Array(eventWords);
  readonly #changeBytes = new Uint8Array(this.#change.buffer);

  constructor(readonly fd: number) {}

  /** `events`: a sum of `readiness`. A closed connection is always told. */
  add(fd: number, events: number): number {
    return this.#control(EPOLL_CTL_ADD, fd, events);
  }

  /** A descriptor that is closed need not be removed. */
  remove(fd: number): number {
    return this.#control(EPOLL_CTL_DEL, fd, 0);
  }

  /**
   * Waits for `timeoutMs` at most, for ever if it is -1; how many are ready, none after a signal.
   * Throws LibcError, since a wait that fails in a loop would spin.
   */
  wait(timeoutMs: number): number {
    const count = epollWait(this.fd, this.#memory.address, eventsMax, timeoutMs);
    if (count >= 0) return count;
    const error = errno();
    if (error === constants.errno.EINTR) return 0;
    throw new LibcError('epoll_wait', error);
  }

  /** The descriptor of an event of the last wait. */
  readyFd(index: number): number {
    return this.#events[index * eventWords + dataWord] ?? -1;
  }

  /** Whether an event of the last wait tells the end of a connection. */
  isHangup(index: number): boolean {
    return ((this.#events[index * eventWords] ?? 0) & hangups) !== 0;
  }

  #control(operation: number, fd: number, events: number): number {
    this.#change[0] = events;
    this.#change[dataWord] = fd;
    return epollCtl(this.fd, operation, fd, this.#changeBytes);
  }
}
