/**
 * The file system as the progress and its trail use it: a seam, so that faults and power cuts can be
 * put between any two calls of creation, opening, saving and telling.
 */

import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { DescriptorDisk, type Disk } from './disk.js';
import type { NameSight } from './name-sight.js';

/** What is asked of fstat(2) and stat(2). */
export interface FileStatus {
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  isFile(): boolean;
}

/** The calls are those of node:fs with these names, and throw as they do. */
export interface FileSystem {
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(descriptor: number): void;
  fstatSync(descriptor: number): FileStatus;
  statSync(path: string, options: { readonly throwIfNoEntry: false }): FileStatus | undefined;
  readSync(
    descriptor: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): number;
  writeSync(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): number;
  ftruncateSync(descriptor: number, length: number): void;
  fsyncSync(descriptor: number): void;
  fdatasyncSync(descriptor: number): void;
  linkSync(existing: string, name: string): void;
  rmSync(path: string): void;
  /** The disk behind an open progress file; `sight`: how its name is seen, by default not at all. */
  diskOf(descriptor: number, sight?: NameSight): Disk;
}

/** Calls node:fs as it is at the time of the call, so that a stand-in for that is called too. */
export const realFileSystem: FileSystem = {
  openSync: (path, flags, mode) => openSync(path, flags, mode),
  closeSync: (descriptor) => closeSync(descriptor),
  fstatSync: (descriptor) => fstatSync(descriptor),
  statSync: (path, options) => statSync(path, options),
  readSync: (descriptor, buffer, offset, length, position) =>
    readSync(descriptor, buffer, offset, length, position),
  writeSync: (descriptor, bytes, offset, length, position) =>
    writeSync(descriptor, bytes, offset, length, position),
  ftruncateSync: (descriptor, length) => ftruncateSync(descriptor, length),
  fsyncSync: (descriptor) => fsyncSync(descriptor),
  fdatasyncSync: (descriptor) => fdatasyncSync(descriptor),
  linkSync: (existing, name) => linkSync(existing, name),
  rmSync: (path) => rmSync(path),
  diskOf: (descriptor, sight) => new DescriptorDisk(descriptor, sight),
};

/** Makes names that were given or taken away in a directory durable. Throws as node:fs does. */
export function syncDirectory(path: string, files: FileSystem): void {
  const descriptor = files.openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    files.fsyncSync(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}

/** The errors, in the words of who opens. */
interface Refusals {
  /** The system's error as what to throw. */
  readonly failed: (error: unknown) => unknown;
  readonly irregular: () => unknown;
}

/** The descriptor of a regular file; any other one is closed, and its refusal thrown. */
export function keepRegular(
  descriptor: number,
  files: FileSystem,
  { failed, irregular }: Refusals,
): number {
  let isRegular: boolean;
  try {
    isRegular = files.fstatSync(descriptor).isFile();
  } catch (error) {
    files.closeSync(descriptor);
    throw failed(error);
  }
  if (isRegular) return descriptor;
  files.closeSync(descriptor);
  throw irregular();
}
