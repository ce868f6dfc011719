/** Builds the C tools of this folder. They are C so that the load generator is not what is measured. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Compiled, this module is in dist/test/bench; the C sources stay in test/bench.
const sources = fileURLToPath(new URL('../../../test/bench/', import.meta.url));
const strict = ['-O2', '-Wall', '-Wextra', '-Werror'];

/** Builds the program `name`.c into a directory; its path. Throws when gcc refuses it. */
export function buildProgram(name: string, directory: string): string {
  const program = join(directory, name);
  execFileSync('gcc', [...strict, '-o', program, join(sources, `${name}.c`)]);
  return program;
}
