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

export type DiskStep =
  /** The whole file's bytes, and one more if it is longer than it should be. */
  | { readonly call: 'read' }
  /** Whether the name of the file still leads to it, and to nothing else. */
  | { readonly call: 'name' }
  | { readonly call: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly call: 'flush' };

/** What a step gives back: bytes of a read, the state of the name, nothing of the others. */
export type DiskResult = Uint8Array | NameState | undefined;

/** A sequence of steps that ends with a `Result`, or throws. */
export type DiskProtocol<Result> = Generator<DiskStep, Result, DiskResult>;

/** The calls reject, or throw, as node:fs does; a short write is an error too. */
export interface Disk {
  perform(step: DiskStep): Promise<DiskResult>;
  performSync(step: DiskStep): DiskResult;
}

/** Runs a protocol with calls that do not block this thread. */
export async function run<Result>(disk: Disk, protocol: DiskProtocol<Result>): Promise<Result> {
  let turn = protocol.next();
  while (!turn.done) {
    const outcome = await disk.perform(turn.value).then(
      (result) => () => protocol.next(result),
      (error: unknown) => () => protocol.throw(error),
    );
    turn = outcome();
  }
  return turn.value;
}

/** Runs a protocol with blocking calls. */
export function runSync<Result>(disk: Disk, protocol: DiskProtocol<Result>): Result {
  let turn = protocol.next();
  while (!turn.done) turn = performSync(disk, turn.value)(protocol);
  return turn.value;
}

type Outcome = <Result>(protocol: DiskProtocol<Result>) => IteratorResult<DiskStep, Result>;

function performSync(disk: Disk, step: DiskStep): Outcome {
  try {
    const result = disk.performSync(step);
    return (protocol) => protocol.next(result);
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

  async perform(step: DiskStep): Promise<DiskResult> {
    switch (step.call) {
      case 'read': {
        const buffer = Buffer.alloc(progressFileBytes + 1);
        const { bytesRead } = await readAsync(this.descriptor, buffer, 0, buffer.length, 0);
        return buffer.subarray(0, bytesRead);
      }
      case 'name': {
        const seen = await this.#seen();
        return this.#sight.judge(await statAsync(this.descriptor, exactly), seen);
      }
      case 'write': {
        const { bytes, offset } = step;
        const written = await writeAsync(this.descriptor, bytes, 0, bytes.length, offset);
        return refuseShortWrite(written.bytesWritten, bytes.length);
      }
      case 'flush':
        await flushAsync(this.descriptor);
        return undefined;
    }
  }

  performSync(step: DiskStep): DiskResult {
    switch (step.call) {
      case 'read': {
        const buffer = Buffer.alloc(progressFileBytes + 1);
        const bytesRead = readSync(this.descriptor, buffer, 0, buffer.length, 0);
        return buffer.subarray(0, bytesRead);
      }
      case 'name': {
        const seen = this.#seenSync();
        return this.#sight.judge(fstatSync(this.descriptor, exactly), seen);
      }
      case 'write': {
        const { bytes, offset } = step;
        const written = writeSync(this.descriptor, bytes, 0, bytes.length, offset);
        return refuseShortWrite(written, bytes.length);
      }
      case 'flush':
        fdatasyncSync(this.descriptor);
        return undefined;
    }
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
function refuseShortWrite(written: number, wanted: number): undefined {
  if (written !== wanted) throw new Error(`only ${written} of ${wanted} bytes were written`);
}
