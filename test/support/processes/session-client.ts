/** A raw client of the session port that takes note of every byte. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from './txnid-process.js';

export class SessionClient {
  /** All that the server has sent. */
  received = '';
  isClosed = false;
  /** Code of the error that ended the connection, if one did. */
  error: string | undefined;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      this.error = code ?? 'unknown';
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  /** Connects; the server may not have accepted it yet. */
  static async open(port: number): Promise<SessionClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    const client = new SessionClient(socket);
    await once(socket, 'connect');
    return client;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Sends each as a segment of its own, as far as one can. */
  async sendSplit(chunks: readonly string[]): Promise<void> {
    for (const chunk of chunks) {
      if (chunk !== '') this.send(chunk);
      await nextTurn();
    }
  }

  /** Sends `text` and resolves to what comes back until it ends in `end`. */
  async ask(text: string, end = '\x03'): Promise<string> {
    const start = this.received.length;
    this.send(text);
    await until(() => this.received.slice(start).endsWith(end) || this.isClosed, 'a reply');
    return this.received.slice(start);
  }

  /** Waits for the end of the connection. */
  async closed(): Promise<this> {
    await until(() => this.isClosed, 'the end of a session');
    return this;
  }

  /** The numbers of all whole replies; those of a range one by one. */
  get numbers(): bigint[] {
    return this.received.split('\x03').slice(0, -1).flatMap(numbersOf);
  }
}

function numbersOf(reply: string): bigint[] {
  const [first = '', increment = '0', count = '1'] = reply.replaceAll('\x07', '').split(/[+*]/);
  return Array.from(
    { length: Number(count) },
    (_, index) => BigInt(first) + BigInt(index) * BigInt(increment),
  );
}

/** Whether bytes are replies of the session port, none of them cut. */
export function areWholeReplies(text: string): boolean {
  const parts = text.replaceAll('\x07', '').split('\x03');
  return (
    parts.pop() === '' && parts.every((part) => /^(?:0|[1-9]\d{0,19})(?:\+\d+\*\d+)?$/.test(part))
  );
}
