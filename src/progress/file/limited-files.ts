/**
 * A file system of which only so many calls are under way in the background at once: the threads that carry them out
 * are few, and those that wait for a disk that hangs must not be all of them.
 */

import type { FileSystem } from './file-system.js';

/** The same file system, with at most `most` calls in the background. The others wait in their order. */
export function limitedFiles(files: FileSystem, most: number): FileSystem {
  const turns = new Turns(most);
  return {
    ...files,
    futimes: (...call) => turns.take(() => files.futimes(...call)),
    read: (...call) => turns.take(() => files.read(...call)),
    write: (...call) => turns.take(() => files.write(...call)),
    fdatasync: (...call) => turns.take(() => files.fdatasync(...call)),
    inode: (...call) => turns.take(() => files.inode(...call)),
    inodeAt: (...call) => turns.take(() => files.inodeAt(...call)),
  };
}

class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async take<Result>(act: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
