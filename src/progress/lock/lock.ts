/**
 * Exclusive ownership of a progress file, by two locks.
 *
 * The flock on the open file makes the promise hold: the kernel keeps it through SIGSTOP and drops it
 * with the process. proper-lockfile's directory is for people and for other hosts on a shared file
 * system. The flock is taken first; it proves that an owner on this host is gone, so the directory
 * such an owner left behind in a crash is taken over at once (leftover-lock.ts).
 */

import { lock } from 'proper-lockfile';
import { errorCode } from '../../error-code.js';
import { type ErrorCode, failure, TxnidError } from '../../errors.js';
import type { FlockSystem } from '../file/flock.js';
import type { LockKeeper, NameWatch } from '../file/name-sight.js';
import type { Owner } from '../file/record.js';
import { HeldLock } from './held-lock.js';
import {
  type Claim,
  clearLeftover,
  heldBy,
  type OwnerSystem,
  refreshMs,
  refuseLivingOwner,
  staleMs,
} from './leftover-lock.js';

/** What owning a progress file needs of the host. */
export interface LockSystem extends FlockSystem, OwnerSystem {
  /** Watches a name for one who will not see it. Throws where the host cannot. */
  readonly watchName: (path: string) => NameWatch;
}

export interface VisibleLockOptions extends Claim {
  /** Who refreshes it from within a jail; undefined: this user, with the confdir in sight. */
  readonly keeper: LockKeeper | undefined;
  /** The error for a file that has lost its name, if it has; asked for with every refresh. */
  readonly nameLoss: () => TxnidError | undefined;
  /** Told of a start that has to wait. */
  readonly onWarning: (warning: TxnidError) => void;
  /** Called once if the lock is found removed or taken by somebody else, or the file's name lost. */
  readonly onLost: (error: TxnidError) => void;
}

/** Who takes the visible lock: a simulation has no directories to make one of. */
export interface VisibleLocks {
  takeVisibleLock(options: VisibleLockOptions): Promise<() => Promise<void>>;
}

/** Takes proper-lockfile's lock; the result releases it. The caller has the flock already. */
export async function takeVisibleLock(options: VisibleLockOptions): Promise<() => Promise<void>> {
  const { path, lockPath, last, keeper, files, nameLoss, onWarning, onLost } = options;
  refuseLivingOwner(options);
  await clearLeftover(options, onWarning);
  const held = new HeldLock(files, keeper, nameLoss);
  let isReleased = false;
  try {
    const release = await lock(path, {
      fs: held,
      lockfilePath: lockPath,
      realpath: false,
      stale: staleMs,
      update: refreshMs,
      onCompromised: (error) => {
        held.abandon();
        // A refresh that ends after the release says what it found all the same.
        if (!isReleased) onLost(lostLock(lockPath, error));
      },
    });
    return async () => {
      isReleased = true;
      await release();
    };
  } catch (error) {
    throw refusal(path, lockPath, last?.owner, error);
  }
}

/** The error for a lock that could not be taken; `cause`: what proper-lockfile failed with. */
function refusal(
  path: string,
  lockPath: string,
  owner: Owner | undefined,
  cause: unknown,
): TxnidError {
  const trouble = nameTrouble(cause);
  if (trouble !== undefined) return trouble;
  if (errorCode(cause) === 'ELOCKED') return heldBy(path, lockPath, owner, cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const remedy = `make ${lockPath} possible to create for this user`;
  return failure(kindOf(cause), `Cannot lock ${path}: ${reason}`, remedy, { cause });
}

function kindOf(cause: unknown): ErrorCode {
  const code = errorCode(cause) ?? '';
  if (['EACCES', 'EPERM'].includes(code)) return 'privilege';
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(code) ? 'save' : 'locked';
}

/** What was found wrong with the file itself, where it was looked at for its lock. */
function nameTrouble(error: unknown): TxnidError | undefined {
  return error instanceof Error && error.cause instanceof TxnidError ? error.cause : undefined;
}

function lostLock(lockPath: string, cause: Error): TxnidError {
  const trouble = nameTrouble(cause);
  if (trouble !== undefined) return trouble;
  return failure(
    'lock-lost',
    `Lost the lock ${lockPath} (${cause.message})`,
    'find out who removed or took it, then start again',
    { cause },
  );
}
