/**
 * A file system of which only few calls to each device are under way in the background at once: the threads that carry
 * them out are few, and those that wait for a disk that hangs must not be all of them.
 */

import type { FileSystem } from './file-system.js';

/** What is not known by a descriptor. */
const anyDevice = -1;

/** The same file system, with at most `most` calls to a device in the background. The others wait in their order. */
export function limitedFiles(files: FileSystem, most: number): FileSystem {
  const devices = new Map<number, Turns>();
  const turnsOf = (device: number): Turns => {
    const turns = devices.get(device) ?? new Turns(most);
    devices.set(device, turns);
    return turns;
  };
  /** Descriptors are many, and each is of one device for as long as it is open. */
  const opened = new Map<number, Turns>();
  const of = (descriptor: number): Turns => {
    const turns = opened.get(descriptor) ?? turnsOf(files.fstatSync(descriptor).dev);
    opened.set(descriptor, turns);
    return turns;
  };
  return {
    ...files,
    closeSync: (descriptor) => {
      opened.delete(descriptor);
      files.closeSync(descriptor);
    },
    futimes: (at, ...rest) => of(at).take(() => files.futimes(at, ...rest)),
    read: (at, ...rest) => of(at).take(() => files.read(at, ...rest)),
    write: (at, ...rest) => of(at).take(() => files.write(at, ...rest)),
    fdatasync: (at) => of(at).take(() => files.fdatasync(at)),
    inode: (at) => of(at).take(() => files.inode(at)),
    inodeAt: (path) => turnsOf(anyDevice).take(() => files.inodeAt(path)),
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
