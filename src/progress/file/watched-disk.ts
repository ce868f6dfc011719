/** A disk that tells when a flush begins and ends. */

import type { Disk } from './disk.js';
import type { NameState } from './name-sight.js';

export interface FlushWatch {
  /** A flush begins, perhaps beside others; the result is called once it has ended, well or not. */
  flushBegins(): () => void;
}

export class WatchedDisk implements Disk {
  readonly #disk: Disk;
  readonly #watch: FlushWatch;

  constructor(disk: Disk, watch: FlushWatch) {
    this.#disk = disk;
    this.#watch = watch;
  }

  readSync(): Uint8Array {
    return this.#disk.readSync();
  }

  async read(): Promise<Uint8Array> {
    return await this.#disk.read();
  }

  nameSync(): NameState {
    return this.#disk.nameSync();
  }

  async name(): Promise<NameState> {
    return await this.#disk.name();
  }

  writeSync(offset: number, bytes: Uint8Array): void {
    this.#disk.writeSync(offset, bytes);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#disk.write(offset, bytes);
  }

  flushSync(): void {
    const end = this.#watch.flushBegins();
    try {
      this.#disk.flushSync();
    } finally {
      end();
    }
  }

  async flush(): Promise<void> {
    await this.#disk.flush().finally(this.#watch.flushBegins());
  }
}
