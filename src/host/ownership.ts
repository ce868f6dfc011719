/**
 * Whether somebody other than root can change what a service started as root is about to read. Rule:
 * the end of contract section "Settings", for a service without `user`.
 */

import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Fault } from '../errors.js';
import { configFileName } from './config-file.js';

/** A file or directory by its canonical path. */
export interface OwnedPath {
  readonly path: string;
  /** User id of its owner. */
  readonly uid: number;
  /** Permissions as in `st_mode`; other bits do not matter. */
  readonly mode: number;
}

export interface OwnershipFaults {
  /** What keeps the service from starting (77). */
  readonly refusals: readonly Fault[];
  /** What the operator should know. */
  readonly warnings: readonly Fault[];
}

const rootUid = 0;
const writableByOthers = 0o022;
const sticky = 0o1000;

/**
 * Looks at the confdir, its settings file, and every directory above the two. What does not exist yet
 * is judged by what is above it. Looking by path is enough: where this finds nothing, nobody but root
 * could have changed what a path names. Throws the system's errors.
 */
export function ownershipFaults(confdir: string): OwnershipFaults {
  const own = [canonical(confdir), canonical(join(confdir, configFileName))];
  const above = new Set(own.flatMap(ancestors));
  for (const path of own) above.delete(path);
  return judgeOwnership(own.flatMap(ownedPath), [...above].flatMap(ownedPath));
}

/** The decision. `own`: the confdir and the settings file; `above`: the directories above them. */
export function judgeOwnership(
  own: readonly OwnedPath[],
  above: readonly OwnedPath[],
): OwnershipFaults {
  const exposed = above.filter(({ mode }) => canBeWritten(mode) && (mode & sticky) === 0);
  const foreign = [...own, ...above].filter(({ uid }) => uid !== rootUid);
  return {
    refusals: own.filter(({ mode }) => canBeWritten(mode)).map(writable),
    warnings: [...exposed.map(writable), ...foreign.map(notOfRoot)],
  };
}

function canBeWritten(mode: number): boolean {
  return (mode & writableByOthers) !== 0;
}

function writable({ path, mode }: OwnedPath): Fault {
  const permissions = (mode & 0o7777).toString(8).padStart(4, '0');
  return {
    what: `${path} can be written by users other than its owner (mode ${permissions})`,
    remedy: `run: chmod go-w ${path}`,
  };
}

function notOfRoot({ path, uid }: OwnedPath): Fault {
  return {
    what: `${path} belongs to user ${uid}, who can so direct what root reads`,
    remedy: `run: chown root ${path}`,
  };
}

function ownedPath(path: string): OwnedPath[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? [] : [{ path, uid: stats.uid, mode: stats.mode }];
}

/** The path without symbolic links, as far as it exists. */
function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return join(canonical(dirname(path)), basename(path));
  }
}

/** The directories above a canonical path, the nearest first. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestors(parent)];
}
