/** The disk behind a descriptor of a simulated file system, as the real one is behind a real one. */

import { type Disk, progressFileBytes } from '../../src/progress/file/disk.js';
import type { FileSystem } from '../../src/progress/file/file-system.js';
import type { NameSight, NameState } from '../../src/progress/file/name-sight.js';

/** A disk whose calls in the background are the blocking ones. */
export abstract class BlockingDisk implements Disk {
  abstract readSync(): Uint8Array;
  abstract nameSync(): NameState;
  abstract writeSync(offset: number, bytes: Uint8Array): void;
  abstract flushSync(): void;

  async read(): Promise<Uint8Array> {
    return this.readSync();
  }

  async name(): Promise<NameState> {
    return this.nameSync();
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.writeSync(offset, bytes);
  }

  async flush(): Promise<void> {
    this.flushSync();
  }
}

export class DiskThrough extends BlockingDisk {
  constructor(
    private readonly files: FileSystem,
    private readonly descriptor: number,
    private readonly sight: NameSight,
  ) {
    super();
  }

  override readSync(): Uint8Array {
    const buffer = Buffer.alloc(progressFileBytes + 1);
    return buffer.subarray(0, this.files.readSync(this.descriptor, buffer, 0, buffer.length, 0));
  }

  override nameSync(): NameState {
    const open = this.files.fstatSync(this.descriptor);
    const { path } = this.sight;
    if (path === undefined) return this.sight.judge(open, 'unseen');
    const named = this.files.statSync(path, { throwIfNoEntry: false });
    return this.sight.judge(open, named ?? 'nothing');
  }

  override writeSync(offset: number, bytes: Uint8Array): void {
    const written = this.files.writeSync(this.descriptor, bytes, 0, bytes.length, offset);
    if (written !== bytes.length)
      throw new Error(`only ${written} of ${bytes.length} bytes were written`);
  }

  override flushSync(): void {
    this.files.fdatasyncSync(this.descriptor);
  }
}
