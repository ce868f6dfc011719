/** dup2(2). */

import { checked, foreign } from './libc.js';

const dup2 = foreign<(from: number, to: number) => number>('int dup2(int, int)');

/** Makes the descriptor `to` another name of the open file `from`; what it was is closed. Throws LibcError. */
export function duplicateOnto(from: number, to: number): void {
  checked('dup2', dup2(from, to));
}
