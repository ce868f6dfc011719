/**
 * The file operations of proper-lockfile, by a descriptor once the lock is taken: so it is refreshed
 * and watched from within a jail too, where its path is wrong, and by a user who cannot search the
 * confdir. Of a lock that was removed or replaced the descriptor tells that it has no name left.
 *
 * In a jail that is not around the confdir, a descriptor of a directory would be the way out, so the
 * lock is an empty regular file there: like the directory it is made by one call that fails if there
 * is any lock, and its time of modification is what counts.
 *
 * A confined owner cannot remove the lock: at its end it makes it stale instead, so that nobody has
 * to wait for it.
 */

import {
  closeSync,
  constants,
  fchownSync,
  fstat,
  fstatSync,
  futimes,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  type Stats,
  stat,
  unlinkSync,
  utimes,
} from 'node:fs';
import { errorCode } from './error-code.js';

/** How an owner that will be confined keeps its lock. */
export interface LockKeeper {
  /** Who refreshes the lock. */
  readonly uid: number;
  readonly gid: number;
  readonly form: 'directory' | 'file';
}

type Done = (error: unknown) => void;
type Looked = (error: unknown, stats?: Stats) => void;

/** Anything old enough to be stale by every clock. */
const longAgo = new Date(0);

/** For one `lock` call. proper-lockfile calls it with callbacks, and keeps a note of its own on it. */
export class HeldLock {
  #descriptor: number | undefined;

  constructor(private readonly keeper: LockKeeper | undefined) {}

  readonly mkdir = (path: string, done: Done): void => settle(() => this.#take(path), done);

  readonly stat = (path: string, looked: Looked): void => {
    if (this.#descriptor === undefined) stat(path, looked);
    else
      fstat(this.#descriptor, (error, stats) => looked(error ?? this.#lossOf(path, stats), stats));
  };

  readonly utimes = (path: string, accessed: Date, modified: Date, done: Done): void => {
    if (this.#descriptor === undefined) utimes(path, accessed, modified, done);
    else futimes(this.#descriptor, accessed, modified, done);
  };

  readonly rmdir = (path: string, done: Done): void => settle(() => this.rmdirSync(path), done);

  /** Gives the lock back, or removes somebody else's that is stale. */
  readonly rmdirSync = (path: string): void => {
    if (this.#descriptor === undefined) removeLock(path);
    else this.#giveBack(this.#descriptor, path);
  };

  /** Lets go of a lock that was lost: it is somebody else's by now. */
  abandon(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #giveBack(descriptor: number, path: string): void {
    this.#descriptor = undefined;
    try {
      if (this.keeper !== undefined) futimesSync(descriptor, longAgo, longAgo);
      else if (this.#isNamed(path, fstatSync(descriptor))) removeLock(path);
    } finally {
      closeSync(descriptor);
    }
  }

  #take(path: string): void {
    const isFile = this.keeper?.form === 'file' || !makeDirectory(path);
    const kind = isFile ? constants.O_CREAT | constants.O_EXCL : constants.O_DIRECTORY;
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | kind, 0o600);
    if (this.keeper !== undefined) fchownSync(descriptor, this.keeper.uid, this.keeper.gid);
    this.#descriptor = descriptor;
  }

  /** A look that fails is no loss yet: proper-lockfile tries again until the lock would be stale. */
  #lossOf(path: string, held: Stats): unknown {
    try {
      if (this.#isNamed(path, held)) return null;
    } catch (error) {
      return error;
    }
    return Object.assign(new Error('it was removed or replaced'), { code: 'ENOENT' });
  }

  /** Whether the lock that is held is still the one of that name, as far as its keeper can see. */
  #isNamed(path: string, held: Stats): boolean {
    if (held.nlink === 0) return false;
    if (this.keeper !== undefined) return true;
    const named = lstatSync(path, { throwIfNoEntry: false });
    return named !== undefined && named.ino === held.ino && named.dev === held.dev;
  }
}

/** False where a full disk has no block left for a directory: an empty file takes none. */
function makeDirectory(path: string): boolean {
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Removes a lock that nobody holds, in either form. Throws as node:fs does. */
export function removeLock(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOTDIR') throw error;
    unlinkSync(path);
  }
}

function settle(act: () => void, done: Done): void {
  let error: unknown = null;
  try {
    act();
  } catch (caught) {
    error = caught;
  }
  queueMicrotask(() => done(error));
}
