/** Files, names, descriptors, flocks and the time. A state is never changed, only replaced. */

import type { Bytes } from './contents.js';

export interface Inode {
  readonly isFile: boolean;
  readonly bytes: Bytes;
  readonly mtimeMs: number;
  readonly links: number;
  /** Whoever has its flock: actor and descriptor. */
  readonly flock: string;
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
export const tickMs = 20_000;

/** Above any descriptor that this process has itself. */
export const firstDescriptor = 1_000_000;

export const emptyState: KernelState = { clock: 0, names: {}, inodes: {}, open: {}, beliefs: {} };

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

export function closed(state: KernelState, holder: string): KernelState {
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
