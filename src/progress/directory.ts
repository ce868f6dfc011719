import { closeSync, constants, fsyncSync, openSync } from 'node:fs';

/** Makes names that were given or taken away in a directory durable. Throws as node:fs does. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
