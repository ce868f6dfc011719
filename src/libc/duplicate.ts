/** dup(2), dup2(2). */

import { checked, foreign } from './libc.js';

const dup2 = foreign<(from: number, to: number) => number>('int dup2(int, int)');

const dup = foreign<(from: number) => number>('int dup(int)');

/** One more descriptor of an open file; -1 where there is none left. */
export function duplicate(from: number): number {
  return dup(from);
}

/** Makes the descriptor `to` another name of the open file `from`; what it was is closed. Throws LibcError. */
export function duplicateOnto(from: number, to: number): void {
  checked('dup2', dup2(from, to));
}
