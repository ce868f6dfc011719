/** A descriptor that is kept back, for one more connection when this process may open nothing any more. */

import { constants } from 'node:os';
import { close } from '../../libc/connections.js';
import { duplicate } from '../../libc/duplicate.js';

/** Whether a call has failed for want of a descriptor. */
export function isShort(errno: number): boolean {
  return errno === constants.errno.EMFILE || errno === constants.errno.ENFILE;
}

export class SpareDescriptor {
  #fd: number;

  /** `open`: a descriptor of this process; what it is open on is no matter. */
  constructor(private readonly open: number) {
    this.#fd = duplicate(open);
  }

  /** Takes one again, if there is none and one is to be had. */
  take(): void {
    if (this.#fd === -1) this.#fd = duplicate(this.open);
  }

  /** Gives it back to the process; false where there was none. */
  giveUp(): boolean {
    if (this.#fd === -1) return false;
    close(this.#fd);
    this.#fd = -1;
    return true;
  }
}
