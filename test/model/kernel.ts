/**
 * What the files, locks and clock of one confdir do, as far as owners of a progress file can tell: a
 * pure function from a state and a call to the next state and the answer.
 *
 * A state is never changed, only replaced. Numbers of inodes and descriptors are reused as soon as
 * they are free, as in a real kernel, which also keeps equal states equal.
 */

import { constants } from 'node:fs';
import type { Bytes, Contents } from './contents.js';

export const names = ['progress', 'unborn', 'lock', 'audit', 'confdir'] as const;
export type Name = (typeof names)[number];

export type KernelCall =
  | { readonly call: 'open'; readonly name: Name; readonly flags: number }
  | { readonly call: 'close' | 'fstat' | 'flock' | 'flush' | 'read'; readonly fd: number }
  | { readonly call: 'write'; readonly fd: number; readonly at: number; readonly bytes: Bytes }
  | { readonly call: 'truncate'; readonly fd: number; readonly length: number }
  | { readonly call: 'mkdir'; readonly name: Name }
  | { readonly call: 'stat' | 'rmdir' | 'unlink'; readonly name: Name }
  | { readonly call: 'link'; readonly from: Name; readonly to: Name }
  | { readonly call: 'touch'; readonly name: Name; readonly atMs: number }
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

interface Inode {
  readonly isFile: boolean;
  readonly bytes: Bytes;
  readonly mtimeMs: number;
  readonly links: number;
  /** Whoever has its flock: actor and descriptor. */
  readonly flock: string;
}

/** What is taken out of this kernel, to see what the rest is worth without it. */
export interface Lacks {
  /** flock(2) always succeeds. */
  readonly flock?: boolean;
  /** Nobody sees anybody else's lock directory. */
  readonly visibleLock?: boolean;
  /** What an owner reads of the progress file is what it last read or wrote itself. */
  readonly fence?: boolean;
}

export interface KernelState {
  readonly clock: number;
  /** Inode numbers by name; a visible lock that is not shared has its actor in its name. */
  readonly names: Readonly<Record<string, number>>;
  readonly inodes: Readonly<Record<number, Inode>>;
  /** Inode numbers by descriptor, for each actor. */
  readonly open: Readonly<Record<string, number>>;
  /** What each actor believes is in the progress file, where there is no fence. */
  readonly beliefs: Readonly<Record<number, Bytes>>;
}

export const startMs = 1_700_000_000_000;

/** Far more than the age at which a lock is stale. */
const tickMs = 20_000;

/** Above any descriptor that this process has itself. */
export const firstDescriptor = 1_000_000;

export const emptyState: KernelState = { clock: 0, names: {}, inodes: {}, open: {}, beliefs: {} };

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
      case 'touch':
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
    call: Extract<KernelCall, { readonly call: 'stat' | 'rmdir' | 'unlink' | 'touch' }>,
  ): Outcome {
    const name = this.#nameFor(actor, call.name);
    const ino = state.names[name];
    const inode = ino === undefined ? undefined : state.inodes[ino];
    if (ino === undefined || inode === undefined) return [state, errorOf('ENOENT')];
    switch (call.call) {
      case 'stat':
        return [state, this.#statusOf(ino, inode)];
      case 'touch':
        return [withInode(state, ino, { ...inode, mtimeMs: call.atMs }), done];
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

/** The same state with an empty file or directory of that name. */
export function withNew(state: KernelState, name: string, isFile: boolean): KernelState {
  let ino = 1;
  while (state.inodes[ino] !== undefined) ino++;
  const mtimeMs = startMs + state.clock * tickMs;
  const inode = { isFile, bytes: 0, mtimeMs, links: 1, flock: '' };
  return { ...withInode(state, ino, inode), names: { ...state.names, [name]: ino } };
}

export function withInode(state: KernelState, ino: number, inode: Inode): KernelState {
  return { ...state, inodes: { ...state.inodes, [ino]: inode } };
}

export function withoutName(state: KernelState, name: string): KernelState {
  const { [name]: ino, ...names } = state.names;
  const inode = ino === undefined ? undefined : state.inodes[ino];
  if (ino === undefined || inode === undefined) return state;
  return swept(withInode({ ...state, names }, ino, { ...inode, links: inode.links - 1 }), ino);
}

/** As when a process ends: its descriptors are closed, and so its flocks are free. */
export function withoutActor(state: KernelState, actor: number): KernelState {
  const holders = Object.keys(state.open).filter((holder) => holder.startsWith(`${actor}/`));
  const { [actor]: _, ...beliefs } = state.beliefs;
  return holders.reduce(closed, { ...state, beliefs });
}

function closed(state: KernelState, holder: string): KernelState {
  const { [holder]: ino, ...open } = state.open;
  const inode = ino === undefined ? undefined : state.inodes[ino];
  if (ino === undefined || inode === undefined) return state;
  const flock = inode.flock === holder ? '' : inode.flock;
  return swept(withInode({ ...state, open }, ino, { ...inode, flock }), ino);
}

/** An inode goes with its last name and its last descriptor. */
function swept(state: KernelState, ino: number): KernelState {
  if (state.inodes[ino]?.links !== 0 || Object.values(state.open).includes(ino)) return state;
  const { [ino]: _, ...inodes } = state.inodes;
  return { ...state, inodes };
}

function link(state: KernelState, from: Name, to: Name): Outcome {
  const ino = state.names[from];
  const inode = ino === undefined ? undefined : state.inodes[ino];
  if (ino === undefined || inode === undefined) return [state, errorOf('ENOENT')];
  if (state.names[to] !== undefined) return [state, errorOf('EEXIST')];
  const linked = withInode(state, ino, { ...inode, links: inode.links + 1 });
  return [{ ...linked, names: { ...state.names, [to]: ino } }, done];
}

/** Tells two states apart. */
export function kernelKey({ clock, names, inodes, open, beliefs }: KernelState): string {
  const files = Object.entries(inodes).map(
    ([ino, { bytes, mtimeMs, links, flock }]) =>
      `${ino}:${bytes},${mtimeMs - startMs},${links},${flock}`,
  );
  return [clock, pairs(names), files.join(' '), pairs(open), pairs(beliefs)].join(';');
}

function pairs(record: Readonly<Record<string, number>>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ');
}
