/**
 * The opening of an instance, rehearsed: the real one, over a file system that changes nothing. So it ends with the
 * very error that a start would end with.
 *
 * Files are opened and read; what would be written, named or removed is kept in memory and seen by who asks again.
 * Where something would be made or removed, access(2) and statfs(2) are asked. Not found out: a file system without
 * locks, a disk that fails only when it is written, and limits that the start's process has and this one has not, such
 * as one on the size of files.
 */

import { accessSync, constants, readdirSync, statfsSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname } from 'node:path';
import { errorCode } from '../error-code.js';
import { systemError } from '../system-error.js';
import type { FileStatus, FileSystem, Quietly } from './file/file-system.js';
import type { NamedInode, NameWatch, OpenInode } from './file/name-sight.js';
import { type FoundSequence, RestingStore } from './resting.js';
import { ProgressStore, type StoreOptions } from './store.js';

/**
 * Opens the instance as a start would, makes it if it is not there, and lets go of it. Throws what the start would.
 * `isBesideOwner`: its owner runs, whose locks are no fault.
 */
export async function rehearseOpening(
  options: StoreOptions,
  isBesideOwner: boolean,
): Promise<void> {
  const store = await ProgressStore.open(rehearsed(options, isBesideOwner));
  await store.release();
}

/** The same of a sequence that a start only holds and checks; whether it is there. */
export async function rehearseHolding(
  options: StoreOptions,
  isBesideOwner: boolean,
): Promise<FoundSequence | undefined> {
  const asIf = rehearsed(options, isBesideOwner);
  const found = await RestingStore.hold(() => asIf);
  found?.store.release();
  return found;
}

function rehearsed(options: StoreOptions, isBesideOwner: boolean): StoreOptions {
  const files = new RehearsedFiles(options.files);
  const { system } = options;
  const flockExclusive = (descriptor: number): boolean =>
    isBesideOwner || system.flockHolder(files.inodeSync(descriptor)) === undefined;
  return {
    ...options,
    files,
    system: { ...system, flockExclusive, watchName: () => undisturbed },
    locks: isBesideOwner ? noLocks : undefined,
  };
}

const undisturbed: NameWatch = { isDisturbed: () => false, close: () => {} };
const noLocks = { takeVisibleLock: async () => async () => {} };

/** A file or directory as it would be by now. */
interface Inode {
  /** Where it is on the disk, or would be. */
  readonly path: string;
  /** What it was on the disk when it was last looked at; undefined for what is not there. */
  real: FileStatus | undefined;
  readonly ino: number;
  readonly isDirectory: boolean;
  /** How many names it would have. */
  links: number;
  /** The time that it was given. */
  touched: Date | undefined;
  /** Bytes at its start that are still those on the disk. */
  kept: number;
  size: number;
  written: { readonly offset: number; readonly bytes: Uint8Array }[];
}

class RehearsedFiles implements FileSystem {
  readonly #real: FileSystem;
  /** What names lead to where that is not as on the disk; undefined: to nothing. */
  readonly #names = new Map<string, Inode | undefined>();
  /** Those on the disk, by device and inode number. */
  readonly #known = new Map<string, Inode>();
  readonly #opened = new Map<number, Inode>();
  /** Blocks that would have been taken from the disk. */
  #taken = 0;
  /** Inode and descriptor of what was made last: no kernel gives such numbers. */
  #lastMade = -1;

  constructor(real: FileSystem) {
    this.#real = real;
  }

  openSync(path: string, flags: number): number {
    const isCreating = (flags & constants.O_CREAT) !== 0;
    try {
      const inode = this.#names.has(path) ? this.#there(path, 'open') : undefined;
      return inode?.real === undefined && inode !== undefined
        ? this.#keep(--this.#lastMade, inode)
        : this.#openReal(inode?.path ?? path, flags);
    } catch (error) {
      if (!isCreating || errorCode(error) !== 'ENOENT') throw error;
      const made = this.#make(path, 'open', false);
      return this.#keep(made.ino, made);
    }
  }

  closeSync(descriptor: number): void {
    this.#opened.delete(descriptor);
    if (descriptor >= 0) this.#real.closeSync(descriptor);
  }

  fstatSync(descriptor: number): FileStatus {
    return statusOf(this.#of(descriptor));
  }

  statSync(path: string, options: Quietly): FileStatus | undefined {
    return this.#look(path, () => this.#real.statSync(path, options));
  }

  lstatSync(path: string, options: Quietly): FileStatus | undefined {
    return this.#look(path, () => this.#real.lstatSync(path, options));
  }

  readSync(at: number, buffer: Uint8Array, offset: number, length: number, position: number) {
    const { size, kept, written } = this.#of(at);
    const count = Math.max(0, Math.min(length, size - position));
    const part = buffer.subarray(offset, offset + count);
    part.fill(0);
    const fromDisk = Math.min(count, kept - position);
    if (fromDisk > 0) this.#real.readSync(at, part, 0, fromDisk, position);
    for (const { offset: start, bytes } of written) {
      const into = Math.max(0, start - position);
      const from = Math.max(0, position - start);
      if (into < count) part.set(bytes.subarray(from, from + count - into), into);
    }
    return count;
  }

  writeSync(at: number, bytes: Uint8Array, offset: number, length: number, position: number) {
    const inode = this.#of(at);
    this.#takeBlocks(inode, position + length);
    inode.written.push({ offset: position, bytes: bytes.slice(offset, offset + length) });
    inode.size = Math.max(inode.size, position + length);
    return length;
  }

  ftruncateSync(descriptor: number, length: number): void {
    const inode = this.#of(descriptor);
    inode.size = length;
    inode.kept = Math.min(inode.kept, length);
    inode.written = inode.written.map(({ offset, bytes }) => ({
      offset,
      bytes: bytes.subarray(0, Math.max(0, length - offset)),
    }));
  }

  fsyncSync(): void {}

  fdatasyncSync(): void {}

  linkSync(existing: string, name: string): void {
    if (this.#inodeAt(name) !== undefined) throw errorOf('EEXIST', 'link', existing);
    const inode = this.#there(existing, 'link');
    refuseDenied(name, 'link');
    inode.links++;
    this.#names.set(name, inode);
  }

  rmSync(path: string): void {
    this.#remove(path, 'unlink');
  }

  mkdirSync(path: string): void {
    if (this.#inodeAt(path) !== undefined) throw errorOf('EEXIST', 'mkdir', path);
    this.#make(path, 'mkdir', true);
  }

  rmdirSync(path: string): void {
    // A kernel tells who may remove nothing here no more than that.
    refuseDenied(path, 'rmdir');
    const { isDirectory, real } = this.#there(path, 'rmdir');
    if (!isDirectory) throw errorOf('ENOTDIR', 'rmdir', path);
    if (real !== undefined && readdirSync(path).length > 0)
      throw errorOf('ENOTEMPTY', 'rmdir', path);
    this.#remove(path, 'rmdir');
  }

  fchownSync(): void {}

  futimesSync(descriptor: number, _accessed: Date, modified: Date): void {
    this.#of(descriptor).touched = modified;
  }

  async futimes(descriptor: number, accessed: Date, modified: Date): Promise<void> {
    this.futimesSync(descriptor, accessed, modified);
  }

  async read(at: number, buffer: Uint8Array, offset: number, length: number, position: number) {
    return this.readSync(at, buffer, offset, length, position);
  }

  async write(at: number, bytes: Uint8Array, offset: number, length: number, position: number) {
    return this.writeSync(at, bytes, offset, length, position);
  }

  async fdatasync(): Promise<void> {}

  inodeSync(descriptor: number): OpenInode {
    const inode = this.#of(descriptor);
    return { ...this.#exactly(inode), nlink: inode.links };
  }

  async inode(descriptor: number): Promise<OpenInode> {
    return this.inodeSync(descriptor);
  }

  inodeAtSync(path: string): NamedInode {
    return this.#exactly(this.#there(path, 'lstat'));
  }

  async inodeAt(path: string): Promise<NamedInode> {
    return this.inodeAtSync(path);
  }

  #openReal(path: string, flags: number): number {
    const changing = constants.O_CREAT | constants.O_EXCL | constants.O_TRUNC;
    const descriptor = this.#real.openSync(path, flags & ~changing);
    try {
      if ((flags & constants.O_EXCL) !== 0) throw errorOf('EEXIST', 'open', path);
      return this.#keep(descriptor, this.#knownAs(path, this.#real.fstatSync(descriptor)));
    } catch (error) {
      this.#real.closeSync(descriptor);
      throw error;
    }
  }

  #keep(descriptor: number, inode: Inode): number {
    this.#opened.set(descriptor, inode);
    return descriptor;
  }

  #of(descriptor: number): Inode {
    const inode = this.#opened.get(descriptor);
    if (inode === undefined) throw errorOf('EBADF', 'fstat');
    return inode;
  }

  #look(path: string, real: () => FileStatus | undefined): FileStatus | undefined {
    const inode = this.#inodeAt(path, real);
    return inode === undefined ? undefined : statusOf(inode);
  }

  #inodeAt(
    path: string,
    real = () => this.#real.lstatSync(path, { throwIfNoEntry: false }),
  ): Inode | undefined {
    if (this.#names.has(path)) return this.#names.get(path);
    const status = real();
    return status === undefined ? undefined : this.#knownAs(path, status);
  }

  #there(path: string, call: string): Inode {
    const inode = this.#inodeAt(path);
    if (inode === undefined) throw errorOf('ENOENT', call, path);
    return inode;
  }

  #knownAs(path: string, real: FileStatus): Inode {
    const key = `${real.dev}:${real.ino}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      // Somebody else may refresh its time meanwhile: so a lock is told that is held.
      known.real = real;
      return known;
    }
    const { ino, size, nlink: links } = real;
    const untouched = { touched: undefined, kept: size, size, written: [] };
    const inode = { path, real, ino, isDirectory: real.isDirectory(), links, ...untouched };
    this.#known.set(key, inode);
    return inode;
  }

  /** Inode numbers may be above 2^53. */
  #exactly({ real, path, ino }: Inode): NamedInode {
    return real === undefined ? { dev: unreal, ino } : this.#real.inodeAtSync(path);
  }

  #make(path: string, call: string, isDirectory: boolean): Inode {
    refuseDenied(path, call);
    const { files, ffree } = statfsSync(dirname(path));
    // Some file systems count no files at all.
    if (files > 0 && ffree === 0) throw errorOf('ENOSPC', call, path);
    const empty = { real: undefined, touched: new Date(), kept: 0, size: 0, written: [] };
    const inode: Inode = { ...empty, path, ino: --this.#lastMade, isDirectory, links: 1 };
    this.#names.set(path, inode);
    return inode;
  }

  #remove(path: string, call: string): void {
    const inode = this.#there(path, call);
    refuseDenied(path, call);
    inode.links--;
    this.#names.set(path, undefined);
  }

  #takeBlocks({ path, size }: Inode, sizeThen: number): void {
    const { bsize, bavail, bfree } = statfsSync(dirname(path));
    const free = process.geteuid?.() === 0 ? bfree : bavail;
    this.#taken += Math.max(0, Math.ceil(sizeThen / bsize) - Math.ceil(size / bsize));
    if (this.#taken > free) throw errorOf('ENOSPC', 'write');
  }
}

const longAgo = new Date(0);

/** Device of what is not there. */
const unreal = -1;

function statusOf({ real, ino, links, size, touched, isDirectory }: Inode): FileStatus {
  const mtime = touched ?? real?.mtime ?? longAgo;
  return {
    dev: real?.dev ?? unreal,
    ino,
    nlink: links,
    size,
    mtime,
    mtimeMs: touched?.getTime() ?? real?.mtimeMs ?? 0,
    isFile: () => real?.isFile() ?? !isDirectory,
    isDirectory: () => isDirectory,
  };
}

/** Throws where this process can make or remove no names in the directory of that path. */
function refuseDenied(path: string, call: string): void {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw systemError(error, call, path);
  }
}

function errorOf(code: keyof typeof osConstants.errno, call: string, path?: string): Error {
  return systemError({ errno: -osConstants.errno[code] }, call, path);
}
