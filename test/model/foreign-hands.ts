/** What happens to owners and their files from outside, each thing as often as it has chances left. */

import type { Happening } from './explore.js';
import { type KernelState, withInode, withNew, withoutName } from './kernel-state.js';

/** How often each thing may happen. */
export interface Chances {
  /** An owner is killed. */
  readonly kill: number;
  /** Time passes, so that every visible lock is stale. */
  readonly wait: number;
  /** An owner's timer comes, and it looks after its visible lock. */
  readonly refresh: number;
  /** Somebody removes the lock directory, or makes it again. */
  readonly removeLock: number;
  readonly remakeLock: number;
  /** A true copy of the progress file takes its place: another inode. */
  readonly replace: number;
  /** The same, and the file that was there keeps a name beside. */
  readonly exchange: number;
  /** The progress file is given a second name, which it keeps. */
  readonly link: number;
  /** A copy from before the last clean stop takes its place, or is written over it. */
  readonly restore: number;
  readonly restoreInPlace: number;
  /** The progress file is removed. */
  readonly remove: number;
  /** Progress file and audit trail are put back to what they were: nothing can tell. */
  readonly rollBack: number;
}

export const noChances: Chances = {
  kill: 0,
  wait: 0,
  refresh: 0,
  removeLock: 0,
  remakeLock: 0,
  replace: 0,
  exchange: 0,
  link: 0,
  restore: 0,
  restoreInPlace: 0,
  remove: 0,
  rollBack: 0,
};

/** The files after an earlier clean stop, for a restored copy. */
export interface Backup {
  readonly progress: number;
  readonly trail: number;
}

interface Touched {
  readonly kernel: KernelState;
  readonly chances: Chances;
}

/** The same world with one chance fewer; undefined where there is none left. */
export function spend<World extends { readonly chances: Chances }>(
  world: World,
  chance: keyof Chances,
): World | undefined {
  const left = world.chances[chance];
  if (left === 0) return undefined;
  return { ...world, chances: { ...world.chances, [chance]: left - 1 } };
}

/** All that others can do to the files now. */
export function foreignDeeds<World extends Touched>(
  world: World,
  backup: Backup | undefined,
): Happening<World>[] {
  const { kernel } = world;
  const { progress, lock } = kernel.names;
  const deeds: Happening<World>[] = [];
  const add = (chance: keyof Chances, label: string, next: () => KernelState) => {
    const spent = spend(world, chance);
    if (spent !== undefined) deeds.push({ label, world: { ...spent, kernel: next() } });
  };
  add('wait', 'time passes', () => ({ ...kernel, clock: kernel.clock + 1 }));
  if (lock !== undefined) {
    const without = withoutName(kernel, 'lock');
    add('removeLock', 'the lock is removed', () => without);
    add('remakeLock', 'the lock is made again', () => withNew(without, 'lock', false));
  }
  if (progress === undefined) return deeds;
  add('remove', 'the file is removed', () => withoutName(kernel, 'progress'));
  add('replace', 'a true copy takes its place', () =>
    replaced(kernel, 'progress', contentOf(kernel, 'progress')),
  );
  add('exchange', 'it is moved aside for a true copy', () =>
    replaced(linked(kernel), 'progress', contentOf(kernel, 'progress')),
  );
  if (kernel.names.aside === undefined) add('link', 'it is linked aside', () => linked(kernel));
  if (backup === undefined) return deeds;
  const old = () => replaced(kernel, 'progress', backup.progress);
  add('restore', 'an older copy takes its place', old);
  add('restoreInPlace', 'an older copy is written over it', () =>
    overwritten(kernel, 'progress', backup.progress),
  );
  add('rollBack', 'all is put back', () => replaced(old(), 'audit', backup.trail));
  return deeds;
}

/** As by link(2): the progress file has one more name. */
function linked(kernel: KernelState): KernelState {
  const ino = kernel.names.progress ?? 0;
  const inode = kernel.inodes[ino];
  if (inode === undefined) return kernel;
  const free = withoutName(kernel, 'aside');
  const named = withInode(free, ino, { ...inode, links: inode.links + 1 });
  return { ...named, names: { ...named.names, aside: ino } };
}

export function contentOf(kernel: KernelState, name: string): number {
  return kernel.inodes[kernel.names[name] ?? 0]?.bytes ?? 0;
}

/** As by rename(2): another inode under the name. */
function replaced(kernel: KernelState, name: string, bytes: number): KernelState {
  return overwritten(withNew(withoutName(kernel, name), name, true), name, bytes);
}

function overwritten(kernel: KernelState, name: string, bytes: number): KernelState {
  const ino = kernel.names[name] ?? 0;
  const inode = kernel.inodes[ino];
  return inode === undefined ? kernel : withInode(kernel, ino, { ...inode, bytes });
}
