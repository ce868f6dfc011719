/**
 * The C library of this process, through koffi: how a function of it is declared, and what its
 * failures look like. Everything foreign that txnid calls is declared in this folder, by family, so
 * that a thread loads only what it uses.
 */

import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';

const libc = koffi.load(null);

/**
 * A function of the C library, by its C prototype. A result of -1 is returned, not thrown: the
 * caller reads `errno()` before it makes any other call.
 */
export function foreign<Signature extends (...values: never[]) => number>(
  prototype: string,
): Signature {
  return libc.func(prototype) as unknown as Signature;
}

/** errno of this thread's last foreign call. */
export function errno(): number {
  return koffi.errno();
}

/** A foreign call that failed. Internal: whoever knows what was being done says so in a TxnidError. */
export class LibcError extends Error {
  override readonly name = 'LibcError';
  /** Name of the errno, such as 'EADDRINUSE'; `errno 4711` for one that has none. */
  readonly code: string;
  /** What the errno means, such as 'address already in use'. */
  readonly meaning: string;

  constructor(
    readonly call: string,
    readonly errno: number,
  ) {
    const [code, meaning] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
    super(`${call}: ${code}: ${meaning}`);
    this.code = code;
    this.meaning = meaning;
  }
}

/** The result of a foreign call, unless it was -1: then throws LibcError. */
export function checked(call: string, result: number): number {
  if (result === -1) throw new LibcError(call, errno());
  return result;
}
