/**
 * The calls of a simulated machine to its files, as the program makes them: a file system in memory
 * whose calls can be watched one by one and go wrong where a test wants them to.
 */

import { constants } from 'node:fs';
import type { FileStatus, FileSystem } from '../../src/progress/file/file-system.js';
import type { LockSystem } from '../../src/progress/lock/lock.js';
import {
  type Call,
  type FaultKind,
  fileOf,
  SimulatedCalls,
  systemError,
} from './simulated-calls.js';
import { SimulatedFile } from './simulated-file.js';
import { type Machine, type NameChange, renamed } from './simulated-machine.js';

interface Opened {
  readonly inode: number;
  readonly path: string;
}

const directoryInode = 0;

export class SimulatedKernel implements FileSystem {
  machine: Machine;
  readonly calls = new SimulatedCalls();
  readonly #opened = new Map<number, Opened>();
  readonly #flocks = new Map<number, number>();
  #lastDescriptor = 100;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Files that a process left open, flocks included. */
  get openCount(): number {
    return this.#opened.size;
  }

  endProcess(): void {
    this.#opened.clear();
    this.#flocks.clear();
  }

  readonly locks: LockSystem = {
    flockExclusive: (descriptor) => {
      const { inode } = this.#of(descriptor);
      if (this.#flocks.has(inode)) return false;
      this.#flocks.set(inode, descriptor);
      return true;
    },
    flockHolder: () => undefined,
    isAlive: () => false,
    bootedAtMs: () => 0,
    watchName: () => {
      throw new Error('nothing is watched outside a jail');
    },
  };

  /** Not the part of this machine: the flock decides. */
  async takeVisibleLock(): Promise<() => Promise<void>> {
    return async () => {};
  }

  openSync(path: string, flags: number): number {
    const isNew = !this.machine.names.has(path);
    if ((flags & constants.O_DIRECTORY) !== 0) return this.#open(directoryInode, path);
    if (!isNew && (flags & constants.O_EXCL) !== 0) throw systemError('EEXIST', path);
    if (isNew && (flags & constants.O_CREAT) === 0) throw systemError('ENOENT', path);
    return this.calls.make({ name: isNew ? 'create' : 'open', file: fileOf(path) }, () => {
      if (isNew) this.#create(path);
      return this.#open(this.#inodeOf(path), path);
    });
  }

  closeSync(descriptor: number): void {
    const { inode } = this.#of(descriptor);
    this.#opened.delete(descriptor);
    if (this.#flocks.get(inode) === descriptor) this.#flocks.delete(inode);
  }

  fstatSync(descriptor: number): FileStatus {
    const { inode, path } = this.#of(descriptor);
    return this.calls.make({ name: 'status', file: fileOf(path) }, () => this.#status(inode));
  }

  statSync(path: string): FileStatus | undefined {
    const inode = this.machine.names.get(path);
    return inode === undefined ? undefined : this.#status(inode);
  }

  /** There are no links here. */
  lstatSync(path: string): FileStatus | undefined {
    return this.statSync(path);
  }

  /** Calls of the visible lock, which is not the part of this machine. */
  readonly mkdirSync = unknownCall;
  readonly rmdirSync = unknownCall;
  readonly fchownSync = unknownCall;
  readonly futimesSync = unknownCall;
  readonly futimes = unknownCall;

  readSync(at: number, buffer: Uint8Array, offset: number, length: number, position: number) {
    const bytes = this.#read(at).subarray(position, position + length);
    buffer.set(bytes, offset);
    return bytes.length;
  }

  writeSync(at: number, bytes: Uint8Array, offset: number, length: number, position: number) {
    return this.#write(at, bytes.subarray(offset, offset + length), position);
  }

  ftruncateSync(descriptor: number, length: number): void {
    this.#change(descriptor, 'size', (file) => file.resize(length));
  }

  fsyncSync(descriptor: number): void {
    const { inode } = this.#of(descriptor);
    if (inode === directoryInode) this.#flushNames();
    else this.#change(descriptor, 'flush', (file) => file.flush());
  }

  fdatasyncSync(descriptor: number): void {
    this.#change(descriptor, 'flush', (file) => file.flush());
  }

  linkSync(existing: string, name: string): void {
    this.calls.make({ name: 'link', file: fileOf(name) }, () => {
      if (this.machine.names.has(name)) throw systemError('EEXIST', name);
      this.#rename({ name, inode: this.#inodeOf(existing) });
    });
  }

  rmSync(path: string): void {
    this.calls.make({ name: 'remove', file: fileOf(path) }, () => {
      if (!this.machine.names.has(path)) throw systemError('ENOENT', path);
      this.#rename({ name: path, inode: undefined });
    });
  }

  /** Somebody else empties a file that may be open, as copytruncate does. */
  emptyFile(path: string): void {
    const inode = this.machine.names.get(path);
    if (inode !== undefined) this.#setFile(inode, this.#file(inode).resize(0).flush());
  }

  /** Somebody else puts a file in the place of what has that name; undefined: takes it away. */
  putFile(path: string, bytes: Uint8Array | undefined): void {
    if (this.machine.names.has(path)) this.#rename({ name: path, inode: undefined });
    if (bytes !== undefined) {
      this.#create(path);
      this.#setFile(this.#inodeOf(path), SimulatedFile.durable(bytes));
    }
    this.#flushNames();
  }

  async read(at: number, buffer: Uint8Array, offset: number, length: number, position: number) {
    return this.readSync(at, buffer, offset, length, position);
  }

  async write(at: number, bytes: Uint8Array, offset: number, length: number, position: number) {
    return this.writeSync(at, bytes, offset, length, position);
  }

  async fdatasync(descriptor: number): Promise<void> {
    this.fdatasyncSync(descriptor);
  }

  inodeSync(descriptor: number): FileStatus {
    return this.fstatSync(descriptor);
  }

  async inode(descriptor: number): Promise<FileStatus> {
    return this.fstatSync(descriptor);
  }

  inodeAtSync(path: string): FileStatus {
    return this.#status(this.#inodeOf(path));
  }

  async inodeAt(path: string): Promise<FileStatus> {
    return this.inodeAtSync(path);
  }

  #read(descriptor: number): Buffer {
    const { inode, path } = this.#of(descriptor);
    return this.calls.make({ name: 'read', file: fileOf(path) }, () => this.#file(inode).cached);
  }

  #write(descriptor: number, bytes: Uint8Array, position: number): number {
    const { inode, path } = this.#of(descriptor);
    const write = (fault?: FaultKind): number => {
      const part = fault === 'short' ? bytes.subarray(0, bytes.length / 2) : bytes;
      // Below zero it is the end, whoever else has written there.
      const at = position < 0 ? this.#file(inode).cached.length : position;
      this.#setFile(inode, this.#file(inode).write(at, part));
      return part.length;
    };
    return this.calls.make({ name: 'write', file: fileOf(path) }, write, 'short');
  }

  #change(descriptor: number, name: Call['name'], change: (file: SimulatedFile) => SimulatedFile) {
    const { inode, path } = this.#of(descriptor);
    const act = (fault?: FaultKind): void => {
      if (fault === 'lies') return;
      const file = this.#file(inode);
      this.#setFile(inode, fault === 'dropped' ? file.drop() : change(file));
    };
    this.calls.make({ name, file: fileOf(path) }, act, 'lies');
  }

  #flushNames(): void {
    const act = (fault?: FaultKind): void => {
      if (fault === 'lies' || fault === 'dropped') return;
      this.machine = { ...this.machine, mediumNames: this.machine.names, unflushedNames: [] };
    };
    this.calls.make({ name: 'flush', file: '.' }, act, 'lies');
  }

  #create(path: string): void {
    const inode = Math.max(directoryInode, ...this.machine.files.keys()) + 1;
    this.#setFile(inode, SimulatedFile.durable(new Uint8Array()));
    this.#rename({ name: path, inode });
  }

  #rename(change: NameChange): void {
    const { machine } = this;
    const unflushedNames = [...machine.unflushedNames, change];
    this.machine = { ...machine, names: renamed(machine.names, [change]), unflushedNames };
  }

  #open(inode: number, path: string): number {
    this.#opened.set(++this.#lastDescriptor, { inode, path });
    return this.#lastDescriptor;
  }

  #of(descriptor: number): Opened {
    const opened = this.#opened.get(descriptor);
    if (opened === undefined) throw systemError('EBADF', String(descriptor));
    return opened;
  }

  #inodeOf(path: string): number {
    const inode = this.machine.names.get(path);
    if (inode === undefined) throw systemError('ENOENT', path);
    return inode;
  }

  #file(inode: number): SimulatedFile {
    return this.machine.files.get(inode) ?? SimulatedFile.durable(new Uint8Array());
  }

  #setFile(inode: number, file: SimulatedFile): void {
    this.machine = { ...this.machine, files: new Map(this.machine.files).set(inode, file) };
  }

  #status(ino: number): FileStatus {
    const nlink = [...this.machine.names.values()].filter((inode) => inode === ino).length;
    const size = this.#file(ino).cached.length;
    return { ...unchanging, dev: 1, ino, nlink, size };
  }
}

const mtime = new Date(0);
const unchanging = { mtime, mtimeMs: 0, isFile: () => true, isDirectory: () => false } as const;

function unknownCall(): never {
  throw new Error('the simulated machine has no such call');
}
