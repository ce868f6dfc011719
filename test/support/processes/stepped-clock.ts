/** A wall clock that is set while a daemon runs: see clock-steps.c. */

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../fixtures/scratch.js';
import { buildPreloadLibrary } from './preload-library.js';

export class SteppedClock {
  /** For the environment of a daemon. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #path: string;

  /** `library`: one that was built before, for who needs several clocks. */
  constructor(library = buildPreloadLibrary('clock-steps')) {
    this.#path = join(freshDirectory(), 'step');
    writeFileSync(this.#path, Buffer.alloc(8));
    this.environment = { LD_PRELOAD: library, CLOCK_STEP: this.#path };
  }

  /** Sets the clock to so many seconds ahead of the system's, or behind it. */
  setAhead(seconds: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    // In place and at once: the file is mapped by whoever looks at this clock.
    const file = openSync(this.#path, 'r+');
    writeSync(file, bytes, 0, bytes.length, 0);
    closeSync(file);
  }
}
