/** Which tests a source can have any effect on: those that import it, however indirectly. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Folders of tests that run within one process, or nearly so; the others take seconds each. */
const folders = ['sequence', 'progress', 'fuzz', 'server', 'client'];

/** These serve sockets for seconds, and say nothing about a number that others do not. */
const tooSlow = /^server\/(?!session-protocol)|^client\/(?!reply-reader)/;

/** Test files (relative to `dist/test` of a tree) that reach a source, its own one first. */
export function testsReaching(root: string, source: string): string[] {
  const script = join('src', source.replace(/\.ts$/, '.js'));
  const own = source.replace(/\.ts$/, '.test.js');
  const reaching = testFiles(root).filter((file) =>
    reachedFrom(join(root, 'dist'), join('test', file)).has(script),
  );
  return [...reaching.filter((file) => file === own), ...reaching.filter((file) => file !== own)];
}

function testFiles(root: string): string[] {
  return folders
    .flatMap((folder) => {
      const entries = readdirSync(join(root, 'dist/test', folder));
      return entries.map((entry) => `${folder}/${entry}`);
    })
    .filter((file) => file.endsWith('.test.js') && !tooSlow.test(file));
}

/** Every script of ours that a script names, in an import or as one to start. */
function reachedFrom(built: string, script: string, seen = new Set<string>()): Set<string> {
  if (seen.has(script)) return seen;
  seen.add(script);
  const text = readFileSync(join(built, script), 'utf8');
  for (const [, name = ''] of text.matchAll(/'(\.{1,2}\/[^']+\.js)'/g)) {
    const next = normalize(join(dirname(script), name));
    if (/^(src|test)\//.test(next)) reachedFrom(built, next, seen);
  }
  return seen;
}
