/**
 * The file operations of proper-lockfile, by a descriptor once the lock is taken: so it is refreshed
 * and watched from within a jail too, where its path is wrong, and by a user who cannot search the
 * confdir. With each refresh the name of the locked file is looked at too. Of a lock that was removed or replaced the descriptor tells that it has no name left.
 *
 * In a jail that is not around the confdir, a descriptor of a directory would be the way out, so the
 * lock is an empty regular file there: like the directory it is made by one call that fails if there
 * is any lock, and its time of modification is what counts.
 *
 * A confined owner cannot remove the lock: at its end it makes it stale instead, so that nobody has
 * to wait for it.
 *
 * A refresh may be under way when the lock is given back. It ends first: on a descriptor that is closed
 * it could meet another file. And once a lock was given back or lost nothing is done by its path, where
 * a successor's lock is by then: refreshed by somebody else, it would count as taken from its owner.
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
import { errorCode } from '../../error-code.js';
import type { TxnidError } from '../../errors.js';
import type { LockKeeper } from '../file/name-sight.js';

type Done = (error: unknown) => void;
type Looked = (error: unknown, stats?: Stats) => void;

/** Anything old enough to be stale by every clock. */
const longAgo = new Date(0);

/** For one `lock` call. proper-lockfile calls it with callbacks, and keeps a note of its own on it. */
export class HeldLock {
  #descriptor: number | undefined;
  #isOver = false;
  #isRefreshing = false;
  #afterRefresh: (() => void) | undefined;

  /** `nameLoss`: the error for a locked file that has lost its name, if it has. */
  constructor(
    private readonly keeper: LockKeeper | undefined,
    private readonly nameLoss: () => TxnidError | undefined = () => undefined,
  ) {}

  readonly mkdir = (path: string, done: Done): void => settle(() => this.#take(path), done);

  readonly stat = (path: string, looked: Looked): void => {
    const held = this.#descriptor;
    const judge = (error: Error | null, stats: Stats) =>
      looked(error ?? this.#lossOf(path, stats), stats);
    if (held !== undefined) this.#refresh((done) => fstat(held, done), judge);
    else if (this.#isOver) settle(refuseOver, looked);
    else stat(path, looked);
  };

  readonly utimes = (path: string, accessed: Date, modified: Date, done: Done): void => {
    const held = this.#descriptor;
    if (held !== undefined) this.#refresh((set) => futimes(held, accessed, modified, set), done);
    else if (this.#isOver) settle(refuseOver, done);
    else utimes(path, accessed, modified, done);
  };

  readonly rmdir = (path: string, done: Done): void => {
    const remove = () => settle(() => this.rmdirSync(path), done);
    if (this.#isRefreshing) this.#afterRefresh = remove;
    else remove();
  };

  /** Gives the lock back, or removes somebody else's that is stale. */
  readonly rmdirSync = (path: string): void => {
    if (this.#descriptor !== undefined) this.#giveBack(this.#descriptor, path);
    else if (!this.#isOver) removeLock(path);
  };

  /** Lets go of a lock that was lost: it is somebody else's by now. */
  abandon(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#end();
  }

  #end(): void {
    this.#descriptor = undefined;
    this.#isOver = true;
  }

  /** A step of a refresh; the next one, if there is one, begins in `done`. */
  #refresh<Values extends unknown[]>(
    step: (done: (...values: Values) => void) => void,
    done: (...values: Values) => void,
  ): void {
    this.#isRefreshing = true;
    step((...values) => {
      this.#isRefreshing = false;
      done(...values);
      if (!this.#isRefreshing) this.#afterRefresh?.();
    });
  }

  #giveBack(descriptor: number, path: string): void {
    this.#end();
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
      const loss = this.nameLoss();
      if (loss !== undefined) return gone(loss.message, loss);
      if (this.#isNamed(path, held)) return null;
    } catch (error) {
      return error;
    }
    return gone('it was removed or replaced');
  }

  /** Whether the lock that is held is still the one of that name, as far as its keeper can see. */
  #isNamed(path: string, held: Stats): boolean {
    if (held.nlink === 0) return false;
    if (this.keeper !== undefined) return true;
    const named = lstatSync(path, { throwIfNoEntry: false });
    return named !== undefined && named.ino === held.ino && named.dev === held.dev;
  }
}

function gone(how: string, cause?: TxnidError): Error {
  return Object.assign(new Error(how, { cause }), { code: 'ENOENT' });
}

function refuseOver(): never {
  throw gone('it was given back');
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
