import { constants } from 'node:fs';
import { type FileSystem, realFileSystem } from './file-system.js';

/** Makes names that were given or taken away in a directory durable. Throws as node:fs does. */
export function syncDirectory(path: string, files: FileSystem = realFileSystem): void {
  const descriptor = files.openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    files.fsyncSync(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}
