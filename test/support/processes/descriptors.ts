/** The open descriptors of a running process, seen from outside, in /proc. */

import { readdirSync } from 'node:fs';

/**
 * What `look` says of each open descriptor of a process, handed its link in /proc.
 *
 * A running process closes some of them while they are looked at: those are left out.
 */
export function lookAtDescriptors<T>(pid: number | 'self', look: (link: string) => T): T[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [look(`/proc/${pid}/fd/${name}`)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}
