/**
 * What the files, locks and clock of one confdir do, as far as owners of a progress file can tell: a
 * pure function from a state and a call to the next state and the answer.
 *
 * A state is never changed, only replaced. Numbers of inodes and descriptors are reused as soon as
 * they are free, as in a real kernel, which also keeps equal states equal.
 */

import { constants } from 'node:fs';
import type { Bytes, Contents } from './contents.js';
import {
  closed,
  firstDescriptor,
  type Inode,
  type KernelState,
  startMs,
  tickMs,
  withInode,
  withNew,
  withoutName,
} from './kernel-state.js';

export type Name = 'progress' | 'unborn' | 'lock' | 'audit' | 'confdir';

export type KernelCall =
  | { readonly call: 'open'; readonly name: Name; readonly flags: number }
  | { readonly call: 'close' | 'fstat' | 'flock' | 'flush' | 'read'; readonly fd: number }
  | { readonly call: 'write'; readonly fd: number; readonly at: number; readonly bytes: Bytes }
  | { readonly call: 'truncate'; readonly fd: number; readonly length: number }
  | { readonly call: 'mkdir'; readonly name: Name }
  | { readonly call: 'stat' | 'rmdir' | 'unlink'; readonly name: Name }
  | { readonly call: 'link'; readonly from: Name; readonly to: Name }
  | { readonly call: 'ftouch'; readonly fd: number; readonly atMs: number }
  | { readonly call: 'now' };

export interface Status {
  readonly ino: number;
  readonly links: number;
  readonly size: number;
  readonly isFile: boolean;
  readonly mtimeMs: number;
}

export type KernelAnswer =
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'bytes'; readonly bytes: Bytes }
  | { readonly kind: 'status'; readonly status: Status };

/** What is taken out of this kernel, to see what the rest is worth without it. */
export interface Lacks {
  /** flock(2) always succeeds. */
  readonly flock?: boolean;
  /** Nobody sees anybody else's lock directory. */
  readonly visibleLock?: boolean;
  /** What an owner reads of the progress file is what it last read or wrote itself. */
  readonly fence?: boolean;
}

type Outcome = readonly [KernelState, KernelAnswer];

export class Kernel {
  readonly #lacks: Lacks;

  constructor(
    readonly contents: Contents,
    lacks: Lacks = {},
  ) {
    this.#lacks = lacks;
  }

  perform(state: KernelState, actor: number, call: KernelCall): Outcome {
    switch (call.call) {
      case 'now':
        return [state, numberOf(startMs + state.clock * tickMs)];
      case 'open':
        return this.#open(state, actor, call.name, call.flags);
      case 'mkdir': {
        const name = this.#nameFor(actor, call.name);
        if (state.names[name] !== undefined) return [state, errorOf('EEXIST')];
        return [withNew(state, name, false), done];
      }
      case 'link':
        return link(state, call.from, call.to);
      case 'stat':
      case 'rmdir':
      case 'unlink':
        return this.#byName(state, actor, call);
      default:
        return this.#byDescriptor(state, actor, call);
    }
  }

  #open(state: KernelState, actor: number, plain: Name, flags: number): Outcome {
    const name = this.#nameFor(actor, plain);
    const isThere = state.names[name] !== undefined;
    const isNew = (flags & constants.O_CREAT) !== 0;
    if (isThere && isNew && (flags & constants.O_EXCL) !== 0) return [state, errorOf('EEXIST')];
    if (!isThere && !isNew) return [state, errorOf('ENOENT')];
    const made = isThere ? state : withNew(state, name, true);
    const ino = made.names[name] ?? 0;
    let fd = firstDescriptor;
    while (made.open[`${actor}/${fd}`] !== undefined) fd++;
    return [{ ...made, open: { ...made.open, [`${actor}/${fd}`]: ino } }, numberOf(fd)];
  }

  #byName(
    state: KernelState,
    actor: number,
    call: Extract<KernelCall, { readonly call: 'stat' | 'rmdir' | 'unlink' }>,
  ): Outcome {
    const name = this.#nameFor(actor, call.name);
    const ino = state.names[name];
    const inode = ino === undefined ? undefined : state.inodes[ino];
    if (ino === undefined || inode === undefined) return [state, errorOf('ENOENT')];
    switch (call.call) {
      case 'stat':
        return [state, this.#statusOf(ino, inode)];
      case 'rmdir':
        if (inode.isFile) return [state, errorOf('ENOTDIR')];
        return [withoutName(state, name), done];
      case 'unlink':
        return [withoutName(state, name), done];
    }
  }

  #byDescriptor(
    state: KernelState,
    actor: number,
    call: Extract<KernelCall, { readonly fd: number }>,
  ): Outcome {
    const holder = `${actor}/${call.fd}`;
    const ino = state.open[holder];
    const inode = ino === undefined ? undefined : state.inodes[ino];
    if (ino === undefined || inode === undefined) return [state, errorOf('EBADF')];
    switch (call.call) {
      case 'fstat':
        return [state, this.#statusOf(ino, inode)];
      case 'close':
        return [closed(state, holder), done];
      case 'flock':
        if (this.#lacks.flock) return [state, numberOf(1)];
        if (inode.flock !== '' && inode.flock !== holder) return [state, numberOf(0)];
        return [withInode(state, ino, { ...inode, flock: holder }), numberOf(1)];
      case 'flush':
        return [state, done];
      case 'ftouch':
        return [withInode(state, ino, { ...inode, mtimeMs: call.atMs }), done];
      case 'read': {
        const bytes = this.#seen(state, actor, ino, inode);
        return [this.#believing(state, actor, ino, bytes), { kind: 'bytes', bytes }];
      }
      case 'truncate': {
        const bytes = this.contents.cut(inode.bytes, call.length);
        return [withInode(state, ino, { ...inode, bytes }), done];
      }
      case 'write': {
        const bytes = this.contents.overwritten(inode.bytes, call.at, call.bytes);
        const seen = this.#seen(state, actor, ino, inode);
        const belief = this.contents.overwritten(seen, call.at, call.bytes);
        const written = withInode(state, ino, { ...inode, bytes });
        const length = this.contents.lengthOf(call.bytes);
        return [this.#believing(written, actor, ino, belief), numberOf(length)];
      }
    }
  }

  #nameFor(actor: number, name: Name): string {
    return name === 'lock' && this.#lacks.visibleLock ? `lock of ${actor}` : name;
  }

  #seen(state: KernelState, actor: number, ino: number, inode: Inode): Bytes {
    const belief = this.#isFenced(state, ino) ? undefined : state.beliefs[actor];
    return belief ?? inode.bytes;
  }

  #believing(state: KernelState, actor: number, ino: number, bytes: Bytes): KernelState {
    if (this.#isFenced(state, ino)) return state;
    return { ...state, beliefs: { ...state.beliefs, [actor]: bytes } };
  }

  /** Without a fence, it is the progress file that everybody has an own idea of. */
  #isFenced(state: KernelState, ino: number): boolean {
    return !this.#lacks.fence || ino === state.names.audit;
  }

  #statusOf(ino: number, { isFile, bytes, mtimeMs, links }: Inode): KernelAnswer {
    const size = this.contents.lengthOf(bytes);
    const status = { ino, links: this.#lacks.fence ? 1 : links, size, isFile, mtimeMs };
    return { kind: 'status', status };
  }
}

const done: KernelAnswer = { kind: 'number', number: 0 };

function numberOf(number: number): KernelAnswer {
  return { kind: 'number', number };
}

function errorOf(code: string): KernelAnswer {
  return { kind: 'error', code };
}

function link(state: KernelState, from: Name, to: Name): Outcome {
  const ino = state.names[from];
  const inode = ino === undefined ? undefined : state.inodes[ino];
  if (ino === undefined || inode === undefined) return [state, errorOf('ENOENT')];
  if (state.names[to] !== undefined) return [state, errorOf('EEXIST')];
  const linked = withInode(state, ino, { ...inode, links: inode.links + 1 });
  return [{ ...linked, names: { ...state.names, [to]: ino } }, done];
}
