/** What the owner of a progress file needs of this host: its locks, and who holds them. */

import { flockExclusive } from '../libc/flock.js';
import { isAlive, lockHolder } from './identity.js';

export const lockSystem = { flockExclusive, flockHolder: lockHolder, isAlive } as const;
