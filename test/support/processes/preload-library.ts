/** Builds the LD_PRELOAD libraries of this folder, which change what a daemon sees of its system. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDirectory } from '../fixtures/scratch.js';

// Compiled, this module is in dist/test/support/processes; the C sources stay in test/support/processes.
const sources = fileURLToPath(new URL('../../../../test/support/processes/', import.meta.url));
const strict = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'];

/** Builds `name`.c; the path of the library. Throws when gcc refuses it. */
export function buildPreloadLibrary(name: string): string {
  const library = join(freshDirectory(), `${name}.so`);
  execFileSync('gcc', [...strict, '-o', library, join(sources, `${name}.c`)]);
  return library;
}
