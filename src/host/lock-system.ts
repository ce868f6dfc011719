/** What the owner of a progress file needs of this host: its locks, who holds them, and names watched. */

import { uptime } from 'node:os';
import { flockExclusive } from '../libc/flock.js';
import { watchName, watchTogether } from '../libc/inotify.js';
import { isAlive, lockHolder } from './identity.js';

export const lockSystem = {
  flockExclusive,
  flockHolder: lockHolder,
  isAlive,
  bootedAtMs: () => Date.now() - uptime() * 1000,
  watchName,
} as const;

/** The same for who owns many files: a user may have few instances of inotify, and one is enough for all. */
export function lockSystemForMany(): typeof lockSystem {
  return { ...lockSystem, watchName: watchTogether() };
}
