/**
 * The progress file's calls to the disk, behind one small interface, so that faults can be injected
 * and steps of two owners interleaved. A protocol over the disk is a generator of steps: it is
 * written once, and run with blocking calls (the embedded library) or in the background (the daemon).
 */

import {
  fdatasync,
  fdatasyncSync,
  fstat,
  fstatSync,
  lstat,
  lstatSync,
  read,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { errorCode } from '../../error-code.js';
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

const readAsync = promisify(read);
const writeAsync = promisify(write);
const statAsync = promisify(fstat);
const statNameAsync = promisify(lstat);
const flushAsync = promisify(fdatasync);

/** Inode numbers may be above 2^53. */
const exactly = { bigint: true } as const;

/** The disk behind an open descriptor, which it does not close. Works after a chroot. */
export class DescriptorDisk implements Disk {
  readonly #sight: NameSight;

  /** `sight`: how the file's name is seen; by default not at all. */
  constructor(
    private readonly descriptor: number,
    sight: NameSight = noSight,
  ) {
    this.#sight = sight;
  }

  readSync(): Uint8Array {
    const buffer = Buffer.alloc(progressFileBytes + 1);
    return buffer.subarray(0, readSync(this.descriptor, buffer, 0, buffer.length, 0));
  }

  async read(): Promise<Uint8Array> {
    const buffer = Buffer.alloc(progressFileBytes + 1);
    const { bytesRead } = await readAsync(this.descriptor, buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  }

  nameSync(): NameState {
    const seen = this.#seenSync();
    return this.#sight.judge(fstatSync(this.descriptor, exactly), seen);
  }

  async name(): Promise<NameState> {
    const seen = await this.#seen();
    return this.#sight.judge(await statAsync(this.descriptor, exactly), seen);
  }

  writeSync(offset: number, bytes: Uint8Array): void {
    const written = writeSync(this.descriptor, bytes, 0, bytes.length, offset);
    refuseShortWrite(written, bytes.length);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { bytesWritten } = await writeAsync(this.descriptor, bytes, 0, bytes.length, offset);
    refuseShortWrite(bytesWritten, bytes.length);
  }

  flushSync(): void {
    fdatasyncSync(this.descriptor);
  }

  async flush(): Promise<void> {
    await flushAsync(this.descriptor);
  }

  async #seen(): Promise<Seen> {
    const { path } = this.#sight;
    if (path === undefined) return 'unseen';
    return await statNameAsync(path, exactly).catch(unseen);
  }

  #seenSync(): Seen {
    const { path } = this.#sight;
    if (path === undefined) return 'unseen';
    try {
      return lstatSync(path, exactly);
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
