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
  read,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { slotBytes } from './record.js';

/** Bytes of the file: two slots, preallocated, only ever overwritten in place. */
export const progressFileBytes = 2 * slotBytes;

export type DiskStep =
  /** The whole file's bytes, and one more if it is longer than it should be. */
  | { readonly call: 'read' }
  /** How many names the file has: 0 once it was removed or replaced. */
  | { readonly call: 'links' }
  | { readonly call: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly call: 'flush' };

/** What a step gives back: bytes of a read, the count of links, nothing of the others. */
export type DiskResult = Uint8Array | number | undefined;

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
const flushAsync = promisify(fdatasync);

/** The disk behind an open descriptor, which it does not close. Works after a chroot. */
export class DescriptorDisk implements Disk {
  constructor(private readonly descriptor: number) {}

  async perform(step: DiskStep): Promise<DiskResult> {
    switch (step.call) {
      case 'read': {
        const buffer = Buffer.alloc(progressFileBytes + 1);
        const { bytesRead } = await readAsync(this.descriptor, buffer, 0, buffer.length, 0);
        return buffer.subarray(0, bytesRead);
      }
      case 'links':
        return (await statAsync(this.descriptor)).nlink;
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
      case 'links':
        return fstatSync(this.descriptor).nlink;
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
}

/** A full disk or a file size limit can show as a write that stops half way. */
function refuseShortWrite(written: number, wanted: number): undefined {
  if (written !== wanted) throw new Error(`only ${written} of ${wanted} bytes were written`);
}
