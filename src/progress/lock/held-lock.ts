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
 * It is refreshed in calls that block this thread, as long as they are quick: the thread pool would wake three threads
 * for each of them, every few seconds, of a service that nobody asks. What a blocked call would cost on a disk that
 * hangs is little, since nothing can be reserved there either; and once a call was slow they go to the pool, until one
 * is quick again.
 *
 * A refresh may be under way when the lock is given back. It ends first: on a descriptor that is closed
 * it could meet another file. And once a lock was given back or lost nothing is done by its path, where
 * a successor's lock is by then: refreshed by somebody else, it would count as taken from its owner.
 */

import { constants } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { errorCode } from '../../error-code.js';
import type { TxnidError } from '../../errors.js';
import type { FileStatus, FileSystem } from '../file/file-system.js';
import type { LockKeeper } from '../file/name-sight.js';

type Done<Value = void> = (error: unknown, value?: Value) => void;

/** A call that takes longer is not made in this thread the next time. */
const slowMs = 50;

/** Anything old enough to be stale by every clock. */
const longAgo = new Date(0);

/** For one `lock` call. proper-lockfile calls it with callbacks, and keeps a note of its own on it. */
export class HeldLock {
  #descriptor: number | undefined;
  #isOver = false;
  #isSlow = false;
  #isRefreshing = false;
  #afterRefresh: (() => void) | undefined;

  /** `nameLoss`: the error for a locked file that has lost its name, if it has. */
  constructor(
    private readonly files: FileSystem,
    private readonly keeper: LockKeeper | undefined,
    private readonly nameLoss: () => TxnidError | undefined = () => undefined,
  ) {}

  readonly mkdir = (path: string, done: Done): void => settle(() => this.#take(path), done);

  readonly stat = (path: string, looked: Done<FileStatus>): void => {
    const held = this.#descriptor;
    const judge: Done<FileStatus> = (error, status) =>
      looked(error ?? (status === undefined ? null : this.#lossOf(path, status)), status);
    if (held === undefined) settle(() => this.#found(path), looked);
    else settle(() => this.files.fstatSync(held), judge);
  };

  readonly utimes = (_path: string, accessed: Date, modified: Date, done: Done): void => {
    const held = this.#descriptor;
    // proper-lockfile sets the time of nothing but a lock that it has taken.
    if (held === undefined) settle(refuseOver, done);
    else if (this.#isSlow) this.#refreshInPool(held, accessed, modified, done);
    else
      settle(
        this.#timed(() => this.files.futimesSync(held, accessed, modified)),
        done,
      );
  };

  readonly rmdir = (path: string, done: Done): void => {
    const remove = () => settle(() => this.rmdirSync(path), done);
    if (this.#isRefreshing) this.#afterRefresh = remove;
    else remove();
  };

  /** Gives the lock back, or removes somebody else's that is stale. */
  readonly rmdirSync = (path: string): void => {
    if (this.#descriptor !== undefined) this.#giveBack(this.#descriptor, path);
    else if (!this.#isOver) removeLock(path, this.files);
  };

  /** Lets go of a lock that was lost: it is somebody else's by now. */
  abandon(): void {
    if (this.#descriptor !== undefined) this.files.closeSync(this.#descriptor);
    this.#end();
  }

  #end(): void {
    this.#descriptor = undefined;
    this.#isOver = true;
  }

  #refreshInPool(held: number, accessed: Date, modified: Date, done: Done): void {
    this.#isRefreshing = true;
    const note = this.#clock();
    const end = (error: unknown): void => {
      note();
      this.#isRefreshing = false;
      done(error);
      this.#afterRefresh?.();
    };
    this.files
      .futimes(held, accessed, modified)
      .then(() => end(null), end)
      .catch(throwUncaught);
  }

  #timed(act: () => void): () => void {
    return () => {
      const note = this.#clock();
      act();
      note();
    };
  }

  /** What is called at the end of a refresh that begins now. */
  #clock(): () => void {
    const startMs = performance.now();
    return () => {
      this.#isSlow = performance.now() - startMs > slowMs;
    };
  }

  /** Somebody else's lock. */
  #found(path: string): FileStatus {
    if (this.#isOver) refuseOver();
    return this.files.statSync(path, { throwIfNoEntry: false }) ?? refuseGone();
  }

  #giveBack(descriptor: number, path: string): void {
    this.#end();
    try {
      if (this.keeper !== undefined) this.files.futimesSync(descriptor, longAgo, longAgo);
      else if (this.#isNamed(path, this.files.fstatSync(descriptor))) removeLock(path, this.files);
    } finally {
      this.files.closeSync(descriptor);
    }
  }

  #take(path: string): void {
    const isFile = this.keeper?.form === 'file' || !makeDirectory(path, this.files);
    const kind = isFile ? constants.O_CREAT | constants.O_EXCL : constants.O_DIRECTORY;
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | kind;
    const descriptor = this.files.openSync(path, flags, 0o600);
    if (this.keeper !== undefined)
      this.files.fchownSync(descriptor, this.keeper.uid, this.keeper.gid);
    this.#descriptor = descriptor;
  }

  /** A look that fails is no loss yet: proper-lockfile tries again until the lock would be stale. */
  #lossOf(path: string, held: FileStatus): unknown {
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
  #isNamed(path: string, held: FileStatus): boolean {
    if (held.nlink === 0) return false;
    if (this.keeper !== undefined) return true;
    const named = this.files.lstatSync(path, { throwIfNoEntry: false });
    return named !== undefined && named.ino === held.ino && named.dev === held.dev;
  }
}

function gone(how: string, cause?: TxnidError): Error {
  return Object.assign(new Error(how, { cause }), { code: 'ENOENT' });
}

function refuseOver(): never {
  throw gone('it was given back');
}

function refuseGone(): never {
  throw gone('it is not there any more');
}

/** As what a callback of node:fs throws is: the refresh has no caller that could catch it. */
function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** False where a full disk has no block left for a directory: an empty file takes none. */
function makeDirectory(path: string, files: FileSystem): boolean {
  try {
    files.mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Removes a lock that nobody holds, in either form. Throws as node:fs does. */
export function removeLock(path: string, files: FileSystem): void {
  try {
    files.rmdirSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOTDIR') throw error;
    files.rmSync(path);
  }
}

function settle<Value>(act: () => Value, done: Done<Value>): void {
  try {
    const value = act();
    queueMicrotask(() => done(null, value));
  } catch (error) {
    queueMicrotask(() => done(error));
  }
}
