/**
 * The simulated kernel as the file system of the real code: what the program that runs just now asks of files goes to
 * the search. The clock and timers are those of kernel-time.ts.
 */

import './kernel-time.js';

import type { FileStatus, FileSystem } from '../../src/progress/file/file-system.js';
import { progressPaths } from '../../src/progress/file/paths.js';
import type { KernelAnswer, Name } from './kernel.js';
import {
  contents,
  later,
  modelConfdir,
  now,
  numberIn,
  type OwnerCall,
  seat,
  systemError,
} from './program-calls.js';

const paths = progressPaths(modelConfdir);
const namesByPath: Readonly<Record<string, Name>> = {
  [paths.progress]: 'progress',
  [paths.unborn]: 'unborn',
  [paths.lock]: 'lock',
  [paths.audit]: 'audit',
  [modelConfdir]: 'confdir',
};

function nameOf(path: string): Name {
  const name = namesByPath[path];
  if (name === undefined) throw new Error(`the model knows no ${path}`);
  return name;
}

function statusIn(answer: KernelAnswer): FileStatus {
  if (answer.kind !== 'status') throw new Error(`${answer.kind} is no status`);
  const { ino, links, size, mtimeMs, isFile } = answer.status;
  return {
    dev: 1,
    ino,
    nlink: links,
    size,
    mtimeMs,
    mtime: new Date(mtimeMs),
    isFile: () => isFile,
    isDirectory: () => !isFile,
  };
}

function bytesIn(answer: KernelAnswer, into: Uint8Array, from: number): number {
  if (answer.kind !== 'bytes') throw new Error(`${answer.kind} is no bytes`);
  return contents().read(answer.bytes).copy(into, 0, from);
}

function statusOf(path: string): FileStatus | undefined {
  const answer = seat().askNow({ call: 'stat', name: nameOf(path) });
  if (answer.kind !== 'error') return statusIn(answer);
  if (answer.code === 'ENOENT') return undefined;
  throw systemError(answer.code);
}

const nothing = (): void => {};
const flush = (fd: number): void => now({ call: 'flush', fd }, nothing);

function inBackground<Result>(
  call: OwnerCall,
  take: (answer: KernelAnswer) => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    later(call, take, (error, result) =>
      error === null ? resolve(result as Result) : reject(error),
    );
  });
}

const writeCall = (fd: number, bytes: Uint8Array, at: number) =>
  ({ call: 'write', fd, at, bytes: contents().of(bytes) }) as const;
const touchCall = (fd: number, at: Date) => ({ call: 'ftouch', fd, atMs: at.getTime() }) as const;

export const modelFiles: FileSystem = {
  openSync: (path, flags) => now({ call: 'open', name: nameOf(path), flags }, numberIn),
  closeSync: (fd) => now({ call: 'close', fd }, nothing),
  fstatSync: (fd) => now({ call: 'fstat', fd }, statusIn),
  statSync: statusOf,
  lstatSync: statusOf,
  readSync: (fd, into, _offset, _length, from) =>
    now({ call: 'read', fd }, (answer) => bytesIn(answer, into, from)),
  writeSync: (fd, bytes, _offset, _length, at) => now(writeCall(fd, bytes, at), numberIn),
  ftruncateSync: (fd, length) => now({ call: 'truncate', fd, length }, nothing),
  fsyncSync: flush,
  fdatasyncSync: flush,
  linkSync: (from, to) => now({ call: 'link', from: nameOf(from), to: nameOf(to) }, nothing),
  rmSync: (path) => now({ call: 'unlink', name: nameOf(path) }, nothing),
  mkdirSync: (path) => now({ call: 'mkdir', name: nameOf(path) }, nothing),
  rmdirSync: (path) => now({ call: 'rmdir', name: nameOf(path) }, nothing),
  fchownSync: nothing,
  futimesSync: (fd, _accessed, modified) => now(touchCall(fd, modified), nothing),
  futimes: (fd, _accessed, modified) => inBackground(touchCall(fd, modified), nothing),
  read: (fd, into, _offset, _length, from) =>
    inBackground({ call: 'read', fd }, (answer) => bytesIn(answer, into, from)),
  write: (fd, bytes, _offset, _length, at) => inBackground(writeCall(fd, bytes, at), numberIn),
  fdatasync: (fd) => inBackground({ call: 'flush', fd }, nothing),
  inodeSync: (fd) => now({ call: 'fstat', fd }, statusIn),
  inode: (fd) => inBackground({ call: 'fstat', fd }, statusIn),
  inodeAtSync: (path) => now({ call: 'stat', name: nameOf(path) }, statusIn),
  inodeAt: (path) => inBackground({ call: 'stat', name: nameOf(path) }, statusIn),
};
