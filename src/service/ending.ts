/** Why a service ends: a signal that asks it to, or the first thing that keeps it from going on. */

import { type Fault, failure, TxnidError } from '../errors.js';
import { unloadable } from '../native-module.js';

/** Signals that would end the process by default, or open a debugger, and must not. */
const ignoredSignals = ['SIGHUP', 'SIGPIPE', 'SIGXFSZ'] as const;
const stopSignals = ['SIGTERM', 'SIGINT'] as const;

/** The signal that asks for the end, or what keeps the service from going on. */
type Reason = NodeJS.Signals | TxnidError;

export class Ending {
  readonly reached: Promise<Reason>;
  #resolve: (reason: Reason) => void = () => {};
  #isReached = false;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get isReached(): boolean {
    return this.#isReached;
  }

  /** The service cannot go on; only the first reason counts. */
  readonly fail = (error: TxnidError): void => this.#end(error);

  /**
   * Takes all signals over. To be called before anything else adds a listener of its own: libraries
   * that end the process on a signal leave it alone when it has another listener.
   */
  watchSignals(onStatus: () => void): void {
    for (const signal of ignoredSignals) process.on(signal, () => {});
    for (const signal of stopSignals) process.on(signal, this.#end);
    // With a listener of ours, Node does not open its debugger.
    process.on('SIGUSR1', onStatus);
    // Threads that are blocked in the kernel would keep a crashing process, and serving, for ever.
    process.on('uncaughtException', (error) => this.#end(asTxnidError(error)));
  }

  /** Resolves with the signal that asks for the end; rejects when something else is the reason. */
  async signalled(): Promise<NodeJS.Signals> {
    const reason = await this.reached;
    if (reason instanceof TxnidError) throw reason;
    return reason;
  }

  readonly #end = (reason: Reason): void => {
    this.#isReached = true;
    this.#resolve(reason);
  };
}

/** The error as it is, or as a fault of the program itself if nobody foresaw it. */
export function asTxnidError(error: unknown): TxnidError {
  if (error instanceof TxnidError) return error;
  const native = unloadable(error);
  if (native !== undefined) return native;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const remedy = 'report it as a bug of txnid';
  return failure('internal', `Internal error: ${detail}`, remedy, { cause: error });
}

/** What the errors of an end make of it: the first one is its reason, but each fault is told, once. */
export function outcomeOf(errors: readonly TxnidError[]) {
  const faults = errors.flatMap((error): readonly Fault[] => error.faults);
  const lines = faults.map(({ what, remedy }) => `${what}: ${remedy}`);
  return {
    exitCode: errors[0]?.exitCode ?? 0,
    faults: faults.filter((_, index) => lines.indexOf(lines[index] ?? '') === index),
  };
}
