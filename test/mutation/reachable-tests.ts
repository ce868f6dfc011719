/** Which tests a source can have any effect on: those that import it, or start what does, however indirectly. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Tests of the tests, and ones that look at the sources as texts. */
const others = /^(?:bench\/bench|coverage|load|mutation|structure|torture)\b/;

/** What only the program as a whole can show: other sources are tried within one process, which is quicker. */
const ofProgram = /^(?:bench\/|cli\/|commands\/|documents\/|host\/|service\/|[^/]+$)/;

/** The bundle; a tree has a script in its place that runs the sources as they were built. */
const program = 'bin/main.js';

/** Test files (relative to `dist/test` of a tree) that reach a source, its own one first. */
export function testsReaching(root: string, source: string): string[] {
  const script = join('src', source.replace(/\.ts$/, '.js'));
  const own = source.replace(/\.ts$/, '.test.js');
  const built = join(root, 'dist');
  const scriptsOf = testFiles(root).map((file) => ({
    file,
    reached: reachedFrom(built, join('test', file)),
  }));
  const within = scriptsOf.filter(({ reached }) => reached.has(script));
  const starting =
    within.length > 0 && !ofProgram.test(source)
      ? []
      : scriptsOf.filter(({ reached }) => reached.has(program) && !reached.has(script));
  const reaching = [...within, ...starting].map(({ file }) => file);
  return [...reaching.filter((file) => file === own), ...reaching.filter((file) => file !== own)];
}

function testFiles(root: string): string[] {
  const entries = readdirSync(join(root, 'dist/test'), { recursive: true, encoding: 'utf8' });
  return entries.filter((file) => file.endsWith('.test.js') && !others.test(file)).sort();
}

/** Every script of ours that a script names, in an import or as one to start. */
function reachedFrom(built: string, script: string, seen = new Set<string>()): Set<string> {
  if (seen.has(script)) return seen;
  seen.add(script);
  const text = readFileSync(join(built, script), 'utf8');
  for (const [, name = ''] of text.matchAll(/'(\.{1,2}\/[^']+\.js)'/g)) {
    const next = normalize(join(dirname(script), name));
    if (next === program) seen.add(program);
    // A test may name a script that it makes itself.
    const isOurs = /^(src|test)\//.test(next) && existsSync(join(built, next));
    if (isOurs) reachedFrom(built, next, seen);
  }
  return seen;
}
