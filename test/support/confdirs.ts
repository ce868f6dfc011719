/** Confdirs with something in them before the first start. */

import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshConfdir } from './scratch.js';

/** A new confdir with this txnid.yaml, mode 0600 in 0700. */
export function confdirWith(yaml: string | Uint8Array): string {
  const confdir = freshConfdir();
  chmodSync(confdir, 0o700);
  writeFileSync(join(confdir, 'txnid.yaml'), yaml, { mode: 0o600 });
  return confdir;
}

/** Everything in a directory that a command which only looks must leave alone. */
export function snapshotOf(directory: string) {
  const names = readdirSync(directory).sort();
  return [...names, '.'].map((name) => {
    const path = join(directory, name);
    const { mode, ino, mtimeMs, ctimeMs, size } = statSync(path);
    const bytes = statSync(path).isFile() ? readFileSync(path, 'latin1') : '';
    return { name, mode, ino, mtimeMs, ctimeMs, size, bytes };
  });
}
