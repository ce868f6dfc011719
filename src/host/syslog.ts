/**
 * Lines for the syslog daemon, the same bytes that syslog(3) of the C library sends. Not by that
 * function, because it waits for a daemon that does not read, for ever if need be, and the process
 * with it. Here a line that cannot be sent at once is dropped.
 *
 * The socket is connected when it is opened, since its name leads nowhere in a jail.
 */

import { closeSync } from 'node:fs';
import type { Fault } from '../errors.js';
import { LibcError } from '../libc/libc.js';
import { connectUnix, sendAtOnce, type UnixSocketKind } from '../libc/unix-socket.js';

/** How bad it is, RFC 3164, section 4.1.1. */
const severities = { err: 3, warning: 4, notice: 5, info: 6 } as const;
export type Severity = keyof typeof severities;

/** System daemons. */
const facility = 3;

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const nothing = Buffer.alloc(0);

export class Syslog {
  readonly #name: string;
  #kind: UnixSocketKind = 'datagram';
  #fd: number | undefined;
  /** What is left of a line that a stream took the beginning of: nothing else may come before it. */
  #unsent: Uint8Array = nothing;

  constructor(name = '/dev/log') {
    this.#name = name;
    // Makes Node look for the time zone now: it keeps it, and in a jail there is no /etc/localtime.
    new Date().getTimezoneOffset();
  }

  /** Connects; why it cannot, if it cannot. Then each line tries again. */
  connect(): Fault | undefined {
    try {
      this.#connect();
      return undefined;
    } catch (error) {
      if (!(error instanceof LibcError)) throw error;
      const what = `Cannot reach syslog at ${this.#name}: ${error.meaning}, the log is lost`;
      return { what, remedy: 'start a syslog daemon, then txnid again, or set log to stderr' };
    }
  }

  send(severity: Severity, text: string): void {
    try {
      this.#sendOrReconnect(`${lineHead(severity, new Date())}${text}`);
    } catch (error) {
      // Dropped: see the head of this file.
      if (!(error instanceof LibcError)) throw error;
    }
  }

  /** A daemon that was restarted has a new socket. The filter of a jail refuses to look for it. */
  #sendOrReconnect(line: string): void {
    try {
      this.#send(line);
    } catch (error) {
      if (error instanceof LibcError && error.code === 'EAGAIN') return;
      this.#connect();
      this.#send(line);
    }
  }

  #send(line: string): void {
    const fd = this.#fd ?? this.#connect();
    if (this.#unsent.length > 0) this.#sendFrom(fd, this.#unsent);
    if (this.#unsent.length > 0) return;
    // In a stream each line ends in a NUL; a datagram is one line.
    this.#sendFrom(fd, Buffer.from(this.#kind === 'stream' ? `${line}\0` : line));
  }

  #sendFrom(fd: number, bytes: Uint8Array): void {
    this.#unsent = bytes.subarray(sendAtOnce(fd, bytes));
  }

  #connect(): number {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#unsent = nothing;
    try {
      this.#fd = connectUnix(this.#name, this.#kind);
    } catch (error) {
      if (!(error instanceof LibcError) || error.code !== 'EPROTOTYPE') throw error;
      this.#kind = this.#kind === 'stream' ? 'datagram' : 'stream';
      this.#fd = connectUnix(this.#name, this.#kind);
    }
    return this.#fd;
  }
}

/** What a line begins with, such as `<28>Nov  3 04:05:06 txnid[4711]: `; the time is local. */
export function lineHead(severity: Severity, time: Date): string {
  const day = String(time.getDate()).padStart(2);
  const [hour, minute, second] = [time.getHours(), time.getMinutes(), time.getSeconds()].map(
    (part) => String(part).padStart(2, '0'),
  );
  const when = `${months[time.getMonth()]} ${day} ${hour}:${minute}:${second}`;
  return `<${facility * 8 + severities[severity]}>${when} txnid[${process.pid}]: `;
}
