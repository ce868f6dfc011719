/**
 * Whether the name of an open progress file still leads to it. Who holds a file whose name leads
 * elsewhere would go on reserving where no other start looks, so the owner asks before and after each
 * write, and with each refresh of the visible lock (ARCHITECTURE.md, "The promise", 1).
 *
 * By the path wherever it can be seen. A confined owner often cannot: the confdir may lie outside its
 * jail, or its user may not search it, and a descriptor of the directory would be a way out. For it the
 * kernel watches the directory from before the jail on. A watch tells what this kernel does to the name,
 * not what another host does on a shared file system, nor that a directory above was moved.
 */

import { join } from 'node:path';
/** How an owner that will be confined keeps its lock. */
export interface LockKeeper {
  /** Who refreshes the lock. */
  readonly uid: number;
  readonly gid: number;
  readonly form: 'directory' | 'file';
  /** The confdir as it is seen from within the jail; undefined where it lies outside. */
  readonly confdir: string | undefined;
}

/** `linked`: it has a second name, which a rename or a backup can make the only one. */
export type NameState = 'kept' | 'removed' | 'exchanged' | 'linked';

/** Of a name that something was done to. */
export type NameTrouble = Exclude<NameState, 'kept'>;

/** The kernel's watch over one name in a directory. */
export interface NameWatch {
  /** Whether anything was done to the name or to the directory itself since the watch began. */
  isDisturbed(): boolean;
  close(): void;
}

/** What fstat(2) and lstat(2) tell of a file; all numbers or all bigints. */
export interface NamedInode {
  readonly dev: number | bigint;
  readonly ino: number | bigint;
}

export interface OpenInode extends NamedInode {
  readonly nlink: number | bigint;
}

/** What is at the path: a file, nothing, or what this process may not see. */
export type Seen = NamedInode | 'nothing' | 'unseen';

export class NameSight {
  #path: string | undefined;
  readonly #watch: NameWatch | undefined;

  constructor(path: string | undefined, watch: NameWatch | undefined) {
    this.#path = path;
    this.#watch = watch;
  }

  /** Where the name is to be looked at; undefined: nowhere. */
  get path(): string | undefined {
    return this.#path;
  }

  /** From here on the process sees the file there, or not at all. */
  moveTo(path: string | undefined): void {
    this.#path = path;
  }

  judge(open: OpenInode, seen: Seen): NameState {
    if (Number(open.nlink) === 0) return 'removed';
    if (this.#watch?.isDisturbed() || !leadsTo(seen, open)) return 'exchanged';
    return Number(open.nlink) === 1 ? 'kept' : 'linked';
  }

  close(): void {
    this.#watch?.close();
  }
}

/** For who only reads: its name is nobody's concern. */
export const noSight = new NameSight(undefined, undefined);

function leadsTo(seen: Seen, { dev, ino }: NamedInode): boolean {
  if (seen === 'unseen') return true;
  return seen !== 'nothing' && seen.ino === ino && seen.dev === dev;
}

const troubles: Readonly<Record<NameTrouble, string>> = {
  removed: 'was removed or replaced',
  exchanged: 'was moved away, or another file has its name,',
  linked: 'was given a second name (a hard link)',
};

/** The trouble in words that follow the path. */
export function troubleText(trouble: NameTrouble): string {
  return troubles[trouble];
}

/** Where a confined owner sees the file of that name; undefined where it does not. */
export function pathInJail({ confdir }: LockKeeper, name: string): string | undefined {
  return confdir === undefined ? undefined : join(confdir, name);
}
