/** A disk that tells when a flush begins and ends. */

import type { Disk, DiskResult, DiskStep } from './disk.js';

export interface FlushWatch {
  /** A flush begins; there is only one at a time. */
  flushBegins(): void;
  /** It has ended, well or not. */
  flushEnds(): void;
}

export class WatchedDisk implements Disk {
  readonly #disk: Disk;
  readonly #watch: FlushWatch;

  constructor(disk: Disk, watch: FlushWatch) {
    this.#disk = disk;
    this.#watch = watch;
  }

  async perform(step: DiskStep): Promise<DiskResult> {
    if (step.call !== 'flush') return await this.#disk.perform(step);
    this.#watch.flushBegins();
    return await this.#disk.perform(step).finally(() => this.#watch.flushEnds());
  }

  performSync(step: DiskStep): DiskResult {
    if (step.call !== 'flush') return this.#disk.performSync(step);
    this.#watch.flushBegins();
    try {
      return this.#disk.performSync(step);
    } finally {
      this.#watch.flushEnds();
    }
  }
}
