/** Why a service ends: a signal that asks it to, or the first thing that keeps it from going on. */

import { failure, type TxnidError } from '../errors.js';

/** Signals that would end the process by default, or open a debugger, and must not. */
const ignoredSignals = ['SIGHUP', 'SIGPIPE', 'SIGXFSZ'] as const;
const stopSignals = ['SIGTERM', 'SIGINT'] as const;

export class Ending {
  /** Resolves with the reason; undefined for a signal. */
  readonly reached: Promise<TxnidError | undefined>;
  #resolve: (reason: TxnidError | undefined) => void = () => {};
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
    for (const signal of stopSignals) process.on(signal, () => this.#end(undefined));
    // With a listener of ours, Node does not open its debugger.
    process.on('SIGUSR1', onStatus);
    // Threads that are blocked in the kernel would keep a crashing process, and serving, for ever.
    process.on('uncaughtException', (error) => this.#end(crash(error)));
  }

  #end(reason: TxnidError | undefined): void {
    this.#isReached = true;
    this.#resolve(reason);
  }
}

function crash(cause: Error): TxnidError {
  const what = `Internal error: ${cause.stack ?? cause.message}`;
  return failure('internal', what, 'report it as a bug of txnid', { cause });
}
