/**
 * The file system as the progress, its trail and its locks use it: a seam, so that faults and power cuts can be
 * put between any two calls of creation, opening, saving and telling, and so that a start can be rehearsed.
 */

import {
  closeSync,
  constants,
  fchownSync,
  fdatasync,
  fdatasyncSync,
  fstat,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimes,
  futimesSync,
  linkSync,
  lstat,
  lstatSync,
  mkdirSync,
  openSync,
  read,
  readSync,
  rmdirSync,
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
  readonly mtime: Date;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

export interface Quietly {
  readonly throwIfNoEntry: false;
}

/** The calls are those of node:fs with these names, and throw or reject as they do. */
export interface FileSystem {
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(descriptor: number): void;
  fstatSync(descriptor: number): FileStatus;
  statSync(path: string, options: Quietly): FileStatus | undefined;
  lstatSync(path: string, options: Quietly): FileStatus | undefined;
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
  /** Of a file, not of a directory. */
  rmSync(path: string): void;
  mkdirSync(path: string, mode: number): void;
  rmdirSync(path: string): void;
  fchownSync(descriptor: number, uid: number, gid: number): void;
  futimesSync(descriptor: number, accessed: Date, modified: Date): void;
  /** In the background, as are all that return a promise. */
  futimes(descriptor: number, accessed: Date, modified: Date): Promise<void>;
  /** Bytes read. */
  read(
    descriptor: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number>;
  /** Bytes written. */
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
const touchAsync = promisify(futimes);
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
  lstatSync: (path, options) => lstatSync(path, options),
  rmSync: (path) => rmSync(path),
  mkdirSync: (path, mode) => {
    mkdirSync(path, mode);
  },
  rmdirSync: (path) => rmdirSync(path),
  fchownSync: (descriptor, uid, gid) => fchownSync(descriptor, uid, gid),
  futimesSync: (descriptor, accessed, modified) => futimesSync(descriptor, accessed, modified),
  futimes: (descriptor, accessed, modified) => touchAsync(descriptor, accessed, modified),
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
