/** Many clients at once, in a process of their own: see crowd.c. */

import {
  type ChildProcess,
  type ChildProcessByStdio,
  execFileSync,
  spawn,
} from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { endWithTest } from '../support/processes/txnid-process.js';

// Compiled, this module is in dist/test/load; the C source stays in test/load.
const source = fileURLToPath(new URL('../../../test/load/crowd.c', import.meta.url));

/** How the clients of a crowd have fared so far. */
export interface Fates {
  /** Connected or connecting, and not answered yet. */
  readonly waiting: number;
  /** Sessions that were answered, and are open. */
  readonly open: number;
  /** Of the one-shot port: one whole line, then the end. */
  readonly served: number;
  /** The end without a byte. */
  readonly empty: number;
  readonly reset: number;
  readonly refused: number;
  readonly broken: number;
  /** Of either port, and how many of them are there more than once. */
  readonly numbers: number;
  readonly repeated: number;
}

type Kind = 'one-shot' | 'session';

/** Builds the program; its path. */
export function buildCrowd(): string {
  const program = join(freshDirectory(), 'crowd');
  execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
  return program;
}

/** The crowds of one scenario. */
export class Crowds {
  readonly #program: string;
  readonly #children: ChildProcess[] = [];

  constructor(program: string) {
    this.#program = program;
  }

  /** Starts one, and waits until nobody is left waiting, or for as long as the patience lasts. */
  async start(kind: Kind, port: number, connections: number, patienceSeconds: number) {
    const values = [kind, port, connections, patienceSeconds].map(String);
    const child = spawn(this.#program, values, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    if (child.pid !== undefined) endWithTest(child.pid);
    const crowd = new Crowd(child);
    await crowd.told();
    return crowd;
  }

  /** Ends those that have not left by themselves. */
  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

export class Crowd {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  #fates: Fates | undefined;

  constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  /** As last told. */
  get fates(): Fates {
    if (this.#fates === undefined) throw new Error('the crowd has told nothing yet');
    return this.#fates;
  }

  /** Waits until they tell how they have fared. */
  async told(): Promise<Fates> {
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error('the crowd has ended');
    this.#fates = JSON.parse(value) as Fates;
    return this.#fates;
  }

  async tell(command: 'settle' | 'ask'): Promise<Fates> {
    this.#child.stdin.write(`${command}\n`);
    return await this.told();
  }

  /** How the program ended: 0, or 77 where it may not leave like that. */
  async leave(how: 'close' | 'reset' | 'vanish'): Promise<number> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end(`${how}\n`);
    const [code] = await ended;
    return code as number;
  }
}
