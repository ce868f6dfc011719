/** A disk whose flushes fail or take long while a daemon runs: see flush-faults.c. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { buildPreloadLibrary } from '../support/processes/preload-library.js';

export class FaultyDisk {
  /** For the environment of a daemon. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #switch: string;

  /** `library`: one that was built before, for who needs several disks. */
  constructor(library = buildPreloadLibrary('flush-faults')) {
    this.#switch = join(freshDirectory(), 'switch');
    this.mend();
    this.environment = { LD_PRELOAD: library, FAULT_SWITCH: this.#switch };
  }

  /** Whether a flush would fail or take long now; `once` ends by itself. */
  get isBroken(): boolean {
    return readFileSync(this.#switch, 'utf8') !== '';
  }

  break(fault: 'eio' | 'once' | `slow ${number}`): void {
    writeFileSync(this.#switch, `${fault}\n`);
  }

  mend(): void {
    writeFileSync(this.#switch, '');
  }
}
