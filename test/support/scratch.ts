/**
 * Directories of a test process, all gone when it ends. As root they are in a place that nobody else
 * can write, because a start as root judges every directory above its confdir.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const isRoot = process.getuid?.() === 0;

const root = isRoot ? '/var/lib' : tmpdir();
const made: string[] = [];

/** A new empty directory, mode 0700. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(root, 'txnid-test-'));
  made.push(directory);
  return directory;
}

/** An empty confdir, mode 0750, in a directory of its own. */
export function freshConfdir(): string {
  const confdir = absentConfdir();
  mkdirSync(confdir, { mode: 0o750 });
  return confdir;
}

/** The path of a confdir that does not exist, in a directory of its own. */
export function absentConfdir(): string {
  return join(freshDirectory(), 'confdir');
}

process.on('exit', () => {
  for (const directory of made) remove(directory);
});

/** One that cannot be removed, such as a mount point that is still busy, must not keep the others. */
function remove(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    process.emitWarning(`left behind: ${directory} (${error})`);
  }
}
