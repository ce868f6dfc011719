/** Clients of the one-shot port that take note of every byte and of every answer that is not whole. */

import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  /** All bytes up to the close, or up to the error. */
  readonly text: string;
  /** Code of the error that ended the connection, if one did. */
  readonly error: string | undefined;
}

/** Connects and listens until the server closes. Never rejects. */
export function ask(port: number, ip = '127.0.0.1'): Promise<Answer> {
  return new Promise((resolve) => {
    let text = '';
    let error: string | undefined;
    const connection = connect(port, ip);
    connection.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    connection.on('error', ({ code }: NodeJS.ErrnoException) => {
      error = code ?? 'unknown';
    });
    connection.on('close', () => resolve({ text, error }));
  });
}

/** The number in an answer. Throws where there is none. */
export async function askNumber(port: number): Promise<bigint> {
  const answer = await ask(port);
  if (!isWhole(answer.text)) throw new Error(`no number: ${JSON.stringify(answer)}`);
  return BigInt(answer.text);
}

export async function askNumbers(port: number, count: number): Promise<bigint[]> {
  const numbers: bigint[] = [];
  for (let left = count; left > 0; left--) numbers.push(await askNumber(port));
  return numbers;
}

/** A whole line: decimal digits without a sign or leading zero, and one newline. */
export function isWhole(text: string): boolean {
  return /^(0|[1-9]\d{0,19})\n$/.test(text);
}

/** A port of 127.0.0.1 that is free, outside the range that the kernel gives to clients. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (await canBind(port)) return port;
  }
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Clients that ask one after the other, each for itself, until they are stopped. */
export class Clients {
  /** What each client got, in its order. */
  readonly numbers: bigint[][];
  /** Answers that are neither empty nor a whole line: there must never be one. */
  readonly broken: string[] = [];
  /** Connections that were closed without a byte. */
  empty = 0;
  readonly #port: number;
  readonly #pauseMs: number;
  readonly #loops: Promise<void>[];
  #isStopped = false;

  /** `pauseMs`: how long each waits after an answer. */
  constructor(port: number, count: number, pauseMs = 0) {
    this.#port = port;
    this.#pauseMs = pauseMs;
    this.numbers = Array.from({ length: count }, () => []);
    this.#loops = this.numbers.map((numbers) => this.#loop(numbers));
  }

  get count(): number {
    return this.numbers.reduce((sum, numbers) => sum + numbers.length, 0);
  }

  /** Resolves when every client has seen the end of its last connection. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(numbers: bigint[]): Promise<void> {
    while (!this.#isStopped) {
      const { text, error } = await ask(this.#port);
      if (isWhole(text)) numbers.push(BigInt(text));
      else if (text !== '') this.broken.push(text);
      else if (error === undefined) this.empty++;
      if (error === 'ECONNREFUSED') await sleep(2);
      if (this.#pauseMs > 0) await sleep(this.#pauseMs);
    }
  }
}
