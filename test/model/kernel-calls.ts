/**
 * Puts the simulated kernel under the real code: what `node:fs` is asked about the model's confdir or
 * its descriptors, the clock, and timers, goes to the program that runs just now. All else goes where
 * it always went. Has to be imported before the code that it is put under.
 */

import './kernel-time.js';

import fs, { type Stats } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';
import { progressPaths } from '../../src/progress/file/paths.js';
import type { KernelAnswer, Name, Status } from './kernel.js';
import { firstDescriptor } from './kernel-state.js';
import {
  contents,
  later,
  modelConfdir,
  now,
  numberIn,
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

function statsIn(answer: KernelAnswer): Stats {
  if (answer.kind !== 'status') throw new Error(`${answer.kind} is no status`);
  return new ModelStats(answer.status) as unknown as Stats;
}

/** What the code under test looks at. */
class ModelStats {
  readonly dev = 1;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  readonly #status: Status;

  constructor(status: Status) {
    this.ino = status.ino;
    this.nlink = status.links;
    this.size = status.size;
    this.#status = status;
  }

  get mtime(): Date {
    return new Date(this.#status.mtimeMs);
  }

  isFile(): boolean {
    return this.#status.isFile;
  }
}

function bytesIn(answer: KernelAnswer, into: Uint8Array, from: number): number {
  if (answer.kind !== 'bytes') throw new Error(`${answer.kind} is no bytes`);
  return contents().read(answer.bytes).copy(into, 0, from);
}

function statOf(path: string, options?: { readonly throwIfNoEntry?: boolean }) {
  const answer = seat().askNow({ call: 'stat', name: nameOf(path) });
  if (answer.kind !== 'error') return statsIn(answer);
  if (options?.throwIfNoEntry === false && answer.code === 'ENOENT') return undefined;
  throw systemError(answer.code);
}

const nothing = (): undefined => undefined;
const flush = (fd: number): undefined => now({ call: 'flush', fd }, nothing);
const remove = (path: string): undefined => now({ call: 'unlink', name: nameOf(path) }, nothing);

type Done = (error: unknown) => void;
type Looked = (error: unknown, stats?: Stats) => void;

/** With options before it or not: all numbers of the model are small. */
type Looking = readonly unknown[];

function statLater(path: string, ...given: Looking): void {
  later({ call: 'stat', name: nameOf(path) }, statsIn, given.at(-1) as Looked);
}

const blocking = {
  openSync: (path: string, flags: number) =>
    now({ call: 'open', name: nameOf(path), flags }, numberIn),
  closeSync: (fd: number) => now({ call: 'close', fd }, nothing),
  fstatSync: (fd: number) => now({ call: 'fstat', fd }, statsIn),
  statSync: statOf,
  lstatSync: statOf,
  readSync: (fd: number, into: Uint8Array, _offset: number, _length: number, from: number) =>
    now({ call: 'read', fd }, (answer) => bytesIn(answer, into, from)),
  writeSync: (fd: number, bytes: Uint8Array, _offset: number, _length: number, at: number) =>
    now({ call: 'write', fd, at, bytes: contents().of(bytes) }, numberIn),
  ftruncateSync: (fd: number, length: number) => now({ call: 'truncate', fd, length }, nothing),
  fsyncSync: flush,
  fdatasyncSync: flush,
  linkSync: (from: string, to: string) =>
    now({ call: 'link', from: nameOf(from), to: nameOf(to) }, nothing),
  rmSync: remove,
  unlinkSync: remove,
  mkdirSync: (path: string) => now({ call: 'mkdir', name: nameOf(path) }, nothing),
  rmdirSync: (path: string) => now({ call: 'rmdir', name: nameOf(path) }, nothing),
  futimesSync: (fd: number, _accessed: Date, modified: Date) =>
    now({ call: 'ftouch', fd, atMs: modified.getTime() }, nothing),
  fchownSync: nothing,
};

const inTheBackground = {
  read: (
    fd: number,
    into: Uint8Array,
    _offset: number,
    _length: number,
    from: number,
    deliver: (error: unknown, bytesRead?: number) => void,
  ) => later({ call: 'read', fd }, (answer) => bytesIn(answer, into, from), deliver),
  write: (
    fd: number,
    bytes: Uint8Array,
    _offset: number,
    _length: number,
    at: number,
    deliver: (error: unknown, bytesWritten?: number) => void,
  ) => later({ call: 'write', fd, at, bytes: contents().of(bytes) }, numberIn, deliver),
  fdatasync: (fd: number, deliver: Done) => later({ call: 'flush', fd }, nothing, deliver),
  fstat: (fd: number, ...given: Looking) =>
    later({ call: 'fstat', fd }, statsIn, given.at(-1) as Looked),
  stat: statLater,
  lstat: statLater,
  utimes: (path: string, _accessed: Date, modified: Date, deliver: Done) =>
    later({ call: 'touch', name: nameOf(path), atMs: modified.getTime() }, nothing, deliver),
  futimes: (fd: number, _accessed: Date, modified: Date, deliver: Done) =>
    later({ call: 'ftouch', fd, atMs: modified.getTime() }, nothing, deliver),
};

type Call = (...given: unknown[]) => unknown;

function isOfModel(subject: unknown): boolean {
  if (typeof subject === 'number') return subject >= firstDescriptor;
  return typeof subject === 'string' && subject.startsWith(modelConfdir);
}

const files = fs as unknown as Record<string, Call>;
for (const [name, simulated] of Object.entries({ ...blocking, ...inTheBackground })) {
  const real = files[name];
  if (real === undefined) throw new Error(`node:fs has no ${name}`);
  const either = (...given: unknown[]): unknown =>
    (isOfModel(given[0]) ? (simulated as Call) : real)(...given);
  files[name] = Object.assign(either, customPromise(name, either, promisify(real)));
}
syncBuiltinESMExports();

/** `read` and `write` resolve to objects, which promisify knows of the real ones only. */
function customPromise(
  name: string,
  either: Call,
  real: (...given: unknown[]) => Promise<unknown>,
) {
  const result = { read: 'bytesRead', write: 'bytesWritten' }[name];
  if (result === undefined) return {};
  const promised = (...given: unknown[]) =>
    isOfModel(given[0])
      ? new Promise((resolve, reject) => {
          const deliver = (error: unknown, count: unknown) =>
            error === null ? resolve({ [result]: count }) : reject(error);
          either(...given, deliver);
        })
      : real(...given);
  return { [promisify.custom]: promised };
}
