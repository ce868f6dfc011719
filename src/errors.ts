/**
 * The one error class of the program. Each error carries one or more faults, each of which is
 * printed as one line, `txnid: what happened: what to do`; its code decides the exit code.
 *
 * Each message is worded in one function, beside the code that knows what happened: `txnid check` says
 * what a start would say, because it goes the same way.
 */

/** Exit code of each kind of error (sysexits.h where it has one; 80 and 255 are txnid's own). */
export const exitCodes = {
  /** The command line's own grammar. */
  'command-line': 64,
  /** A progress or audit file that cannot be trusted. */
  state: 65,
  /** Numbers of a server break the promise (EX_DATAERR: what came in is wrong). */
  violation: 65,
  /** The sequence is at its end. */
  'sequence-end': 69,
  /** The progress file stopped being this process's own. */
  'lock-lost': 69,
  /** No server there that hands out numbers. */
  unavailable: 69,
  /** A fault of the program itself. */
  internal: 70,
  /** The progress could not be saved. */
  save: 74,
  /** What was asked for could not be written to standard output. */
  output: 74,
  /** The progress file is locked by another process. */
  locked: 75,
  /** Privileges, ownership or modes. */
  privilege: 77,
  /** Settings are invalid. */
  settings: 78,
  /** The program is not installed whole, or not for this version of Node. */
  installation: 78,
  /** The parameters differ from the saved ones. */
  parameters: 80,
  /** Cannot listen (the -1 of old). */
  listen: 255,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** One thing that is wrong, and the way out of it. Neither ends in punctuation. */
export interface Fault {
  readonly what: string;
  readonly remedy: string;
}

export class TxnidError extends Error {
  override readonly name = 'TxnidError';

  constructor(
    readonly code: ErrorCode,
    readonly faults: readonly Fault[],
    options?: ErrorOptions,
  ) {
    super(faults.map((fault) => `${fault.what}: ${fault.remedy}`).join('\n'), options);
  }

  /** The exit code of a process that ends with this error. */
  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** An error of a single fault: `what` happened, and the `remedy`. */
export function failure(
  code: ErrorCode,
  what: string,
  remedy: string,
  options?: ErrorOptions,
): TxnidError {
  return new TxnidError(code, [{ what, remedy }], options);
}
