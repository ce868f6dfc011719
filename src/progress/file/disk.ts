/**
 * The progress file's calls to the disk, behind one small interface, so that faults can be injected
 * and steps of two owners interleaved. A protocol over the disk is a generator of steps: it is
 * written once, and run with blocking calls (the embedded library) or in the background (the daemon).
 */

import { errorCode } from '../../error-code.js';
import type { FileSystem } from './file-system.js';
import { type NameSight, type NameState, noSight, type Seen } from './name-sight.js';
import { slotBytes } from './record.js';

/** Bytes of the file: two slots, preallocated, only ever overwritten in place. */
export const progressFileBytes = 2 * slotBytes;

/** Each call blocking, and in the background. They throw, or reject, as node:fs does; a short write is an error too. */
export interface Disk {
  /** The whole file's bytes, and one more if it is longer than it should be. */
  readSync(): Uint8Array;
  read(): Promise<Uint8Array>;
  /** Whether the name of the file still leads to it, and to nothing else. */
  nameSync(): NameState;
  name(): Promise<NameState>;
  /** Overwrites in place. */
  writeSync(offset: number, bytes: Uint8Array): void;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  flushSync(): void;
  flush(): Promise<void>;
}

/** One call of a protocol; whoever runs it chooses the form, and makes no other before it is done. */
interface DiskStep {
  readonly blocking: (disk: Disk) => void;
  readonly inBackground: (disk: Disk) => Promise<void>;
}

/** A sequence of steps that ends with a `Result`, or throws. */
export type DiskProtocol<Result> = Generator<DiskStep, Result, void>;

function* step<Result>(
  blocking: (disk: Disk) => Result,
  inBackground: (disk: Disk) => Promise<Result>,
): DiskProtocol<Result> {
  let result!: Result;
  yield {
    blocking: (disk) => {
      result = blocking(disk);
    },
    inBackground: async (disk) => {
      result = await inBackground(disk);
    },
  };
  return result;
}

/** The steps that protocols are made of: the calls of a disk, to be asked for by `yield*`. */
export const steps = {
  read: () =>
    step(
      (disk) => disk.readSync(),
      (disk) => disk.read(),
    ),
  name: () =>
    step(
      (disk) => disk.nameSync(),
      (disk) => disk.name(),
    ),
  write: (offset: number, bytes: Uint8Array) =>
    step(
      (disk) => disk.writeSync(offset, bytes),
      (disk) => disk.write(offset, bytes),
    ),
  flush: () =>
    step(
      (disk) => disk.flushSync(),
      (disk) => disk.flush(),
    ),
} as const;

/** Runs a protocol with calls that do not block this thread. */
export async function run<Result>(disk: Disk, protocol: DiskProtocol<Result>): Promise<Result> {
  let turn = protocol.next();
  while (!turn.done) {
    const outcome = await turn.value.inBackground(disk).then(
      () => () => protocol.next(),
      (error: unknown) => () => protocol.throw(error),
    );
    turn = outcome();
  }
  return turn.value;
}

/** Runs a protocol with blocking calls. */
export function runSync<Result>(disk: Disk, protocol: DiskProtocol<Result>): Result {
  let turn = protocol.next();
  while (!turn.done) turn = outcomeOf(disk, turn.value)(protocol);
  return turn.value;
}

type Outcome = <Result>(protocol: DiskProtocol<Result>) => IteratorResult<DiskStep, Result>;

function outcomeOf(disk: Disk, { blocking }: DiskStep): Outcome {
  try {
    blocking(disk);
    return (protocol) => protocol.next();
  } catch (error) {
    return (protocol) => protocol.throw(error);
  }
}

/** The disk behind an open descriptor, which it does not close. Works after a chroot. */
export class DescriptorDisk implements Disk {
  readonly #files: FileSystem;
  readonly #descriptor: number;
  readonly #sight: NameSight;

  /** `sight`: how the file's name is seen; by default not at all. */
  constructor(files: FileSystem, descriptor: number, sight: NameSight = noSight) {
    this.#files = files;
    this.#descriptor = descriptor;
    this.#sight = sight;
  }

  readSync(): Uint8Array {
    const buffer = Buffer.alloc(progressFileBytes + 1);
    const count = this.#files.readSync(this.#descriptor, buffer, 0, buffer.length, 0);
    return buffer.subarray(0, count);
  }

  async read(): Promise<Uint8Array> {
    const buffer = Buffer.alloc(progressFileBytes + 1);
    const count = await this.#files.read(this.#descriptor, buffer, 0, buffer.length, 0);
    return buffer.subarray(0, count);
  }

  nameSync(): NameState {
    const seen = this.#seenSync();
    return this.#sight.judge(this.#files.inodeSync(this.#descriptor), seen);
  }

  async name(): Promise<NameState> {
    const seen = await this.#seen();
    return this.#sight.judge(await this.#files.inode(this.#descriptor), seen);
  }

  writeSync(offset: number, bytes: Uint8Array): void {
    const written = this.#files.writeSync(this.#descriptor, bytes, 0, bytes.length, offset);
    refuseShortWrite(written, bytes.length);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const written = await this.#files.write(this.#descriptor, bytes, 0, bytes.length, offset);
    refuseShortWrite(written, bytes.length);
  }

  flushSync(): void {
    this.#files.fdatasyncSync(this.#descriptor);
  }

  async flush(): Promise<void> {
    await this.#files.fdatasync(this.#descriptor);
  }

  async #seen(): Promise<Seen> {
    const { path } = this.#sight;
    if (path === undefined) return 'unseen';
    return await this.#files.inodeAt(path).catch(unseen);
  }

  #seenSync(): Seen {
    const { path } = this.#sight;
    if (path === undefined) return 'unseen';
    try {
      return this.#files.inodeAtSync(path);
    } catch (error) {
      return unseen(error);
    }
  }
}

/** What keeps a path from being seen tells nothing of the name; all other errors are the disk's. */
function unseen(error: unknown): Seen {
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'nothing';
    case 'EACCES':
      return 'unseen';
    default:
      throw error;
  }
}

/** A full disk or a file size limit can show as a write that stops half way. */
function refuseShortWrite(written: number, wanted: number): void {
  if (written !== wanted) throw new Error(`only ${written} of ${wanted} bytes were written`);
}
