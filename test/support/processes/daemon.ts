/** A running daemon on a port of its own, ready once it has handed out its first number. */

import { freshConfdir } from '../fixtures/scratch.js';
import { type Answer, ask, freePort, isWhole } from './one-shot-client.js';
import { type Ended, type ProcessOptions, TxnidProcess } from './txnid-process.js';

/** An instance that is started again and again on the same files and port. */
export interface Instance {
  readonly confdir: string;
  readonly port: number;
  readonly values: readonly string[];
}

/** `values`: flags beside those for the confdir and the port. */
export async function newInstance(...values: string[]): Promise<Instance> {
  return instanceOn(freshConfdir(), await freePort(), ...values);
}

export function instanceOn(confdir: string, port: number, ...values: string[]): Instance {
  const own = ['-confdir', confdir, '-ip', '127.0.0.1', '-port', String(port)];
  return { confdir, port, values: [...own, ...values] };
}

const readyLimitMs = 60_000;

export class Daemon {
  private constructor(
    readonly instance: Instance,
    readonly process: TxnidProcess,
    /** The number that showed that it serves. */
    readonly first: bigint,
    /** From the start of the process to that number, in milliseconds. */
    readonly readyMs: number,
  ) {}

  /** Starts and waits for the first number. Throws when the process ends before. */
  static async start(
    instance: Instance,
    options: ProcessOptions & { readonly values?: readonly string[] } = {},
  ): Promise<Daemon> {
    const startMs = performance.now();
    const values = [...instance.values, ...(options.values ?? [])];
    const process = new TxnidProcess(values, options);
    const first = await firstNumber(instance.port, process);
    return new Daemon(instance, process, first, performance.now() - startMs);
  }

  get port(): number {
    return this.instance.port;
  }

  async stop(): Promise<Ended> {
    return await this.process.end('SIGTERM');
  }

  async kill(): Promise<Ended> {
    return await this.process.end('SIGKILL');
  }
}

async function firstNumber(port: number, process: TxnidProcess): Promise<bigint> {
  const deadline = Date.now() + readyLimitMs;
  for (;;) {
    const answer = await ask(port);
    if (isWhole(answer.text)) return BigInt(answer.text);
    if (process.hasEnded || Date.now() > deadline) throw await notReady(process, answer);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function notReady(process: TxnidProcess, { text, error }: Answer): Promise<Error> {
  const { code, stderr } = await process.end('SIGKILL');
  const said = JSON.stringify({ text, error, code, stderr });
  return new Error(`the daemon never served: ${said}`);
}
