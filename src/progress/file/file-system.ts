/**
 * The file system as the progress and its trail use it: a seam, so that faults and power cuts can be
 * put between any two calls of creation, opening, saving and telling.
 */

import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstat,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstat,
  lstatSync,
  openSync,
  read,
  readSync,
  rmSync,
  statSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { NamedInode, OpenInode } from './name-sight.js';

/** What is asked of fstat(2) and stat(2). */
export interface FileStatus {
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  isFile(): boolean;
}

/** The calls are those of node:fs with these names, and throw or reject as they do. */
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
  /** In the background: bytes read. */
  read(
    descriptor: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number>;
  /** In the background: bytes written. */
  write(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number>;
  fdatasync(descriptor: number): Promise<void>;
  /** fstat(2) and lstat(2), exact: inode numbers may be above 2^53. */
  inodeSync(descriptor: number): OpenInode;
  inode(descriptor: number): Promise<OpenInode>;
  inodeAtSync(path: string): NamedInode;
  inodeAt(path: string): Promise<NamedInode>;
}

const readAsync = promisify(read);
const writeAsync = promisify(write);
const flushAsync = promisify(fdatasync);
const statAsync = promisify(fstat);
const statNameAsync = promisify(lstat);

const exactly = { bigint: true } as const;

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
  read: async (descriptor, buffer, offset, length, position) =>
    (await readAsync(descriptor, buffer, offset, length, position)).bytesRead,
  write: async (descriptor, bytes, offset, length, position) =>
    (await writeAsync(descriptor, bytes, offset, length, position)).bytesWritten,
  fdatasync: (descriptor) => flushAsync(descriptor),
  inodeSync: (descriptor) => fstatSync(descriptor, exactly),
  inode: (descriptor) => statAsync(descriptor, exactly),
  inodeAtSync: (path) => lstatSync(path, exactly),
  inodeAt: (path) => statNameAsync(path, exactly),
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

/**
 * The descriptor of a regular file; any other one is closed, and its refusal thrown: what an owner opens must be a
 * file, and a pipe or a directory in its place is never read or written.
 */
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
