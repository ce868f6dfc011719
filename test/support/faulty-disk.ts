/** A disk whose flushes fail or take long while a daemon runs: see flush-faults.c. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDirectory } from './scratch.js';

// Compiled, this module is in dist/test/support; the C source stays in test/support.
const source = fileURLToPath(new URL('../../../test/support/flush-faults.c', import.meta.url));

export class FaultyDisk {
  /** For the environment of a daemon. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #switch: string;

  constructor() {
    const directory = freshDirectory();
    const library = join(directory, 'flush-faults.so');
    execFileSync('gcc', [
      '-O2',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-shared',
      '-fPIC',
      '-o',
      library,
      source,
    ]);
    this.#switch = join(directory, 'switch');
    this.mend();
    this.environment = { LD_PRELOAD: library, FAULT_SWITCH: this.#switch };
  }

  break(fault: 'eio' | 'once' | `slow ${number}`): void {
    writeFileSync(this.#switch, `${fault}\n`);
  }

  mend(): void {
    writeFileSync(this.#switch, '');
  }
}
