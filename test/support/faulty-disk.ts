/** A disk whose flushes fail or take long while a daemon runs: test/bench/flush-faults.c. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary } from '../bench/native.js';
import { freshDirectory } from './scratch.js';

export type FlushFault = 'eio' | 'once' | `slow ${number}`;

export class FaultyDisk {
  /** For the environment of a daemon. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #switch: string;

  constructor() {
    const directory = freshDirectory();
    this.#switch = join(directory, 'switch');
    this.environment = {
      LD_PRELOAD: buildLibrary('flush-faults', directory),
      FAULT_SWITCH: this.#switch,
    };
  }

  break(fault: FlushFault): void {
    writeFileSync(this.#switch, `${fault}\n`);
  }

  mend(): void {
    rmSync(this.#switch, { force: true });
  }
}
