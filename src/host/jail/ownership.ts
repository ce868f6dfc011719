/**
 * Whether somebody other than root can change what a service started as root is about to read. The rule
 * is in SECURITY.md, "What is done about it".
 */

import { join } from 'node:path';
import type { Fault } from '../../errors.js';
import { configFileName } from '../config-file.js';
import { type OwnedPath, walkPath } from '../path-walk.js';

export interface OwnershipFaults {
  /** What keeps the service from starting (77). */
  readonly refusals: readonly Fault[];
  /** What the operator should know. */
  readonly warnings: readonly Fault[];
}

const rootUid = 0;
const writableByOthers = 0o022;
const writableByAll = 0o002;
const sticky = 0o1000;

export interface OwnershipQuestion {
  readonly confdir: string;
  /** What else must be root's alone when `isStrict`: the jail, files in the confdir. */
  readonly others?: readonly string[];
  /** Privileges will be dropped: whoever could still reach them makes the drop worthless. */
  readonly isStrict?: boolean;
}

/**
 * Looks at the confdir, its settings file, and every directory and symbolic link that leads there.
 * What does not exist yet is judged by what is above it. Where this finds nothing, nobody but root
 * could have changed what a path names, nor can until it is used. Throws TxnidError 'privilege'.
 */
export function ownershipFaults(question: OwnershipQuestion): OwnershipFaults {
  const { confdir, others = [], isStrict = false } = question;
  const files = [confdir, join(confdir, configFileName), ...(isStrict ? others : [])];
  const walks = files.map(walkPath);
  const own = unique(walks.flatMap(({ end }) => end ?? []));
  const above = unique(walks.flatMap(({ passed }) => passed));
  const ends = new Set(own.map(({ path }) => path));
  return judgeOwnership(
    own,
    above.filter(({ path }) => !ends.has(path)),
    isStrict,
  );
}

function unique(paths: readonly OwnedPath[]): OwnedPath[] {
  return [...new Map(paths.map((one) => [one.path, one])).values()];
}

/** The decision. `own`: the confdir and files of it; `above`: what leads to them. */
export function judgeOwnership(
  own: readonly OwnedPath[],
  above: readonly OwnedPath[],
  isStrict = false,
): OwnershipFaults {
  const exposed = above.filter(({ mode }) => canBeWritten(mode) && (mode & sticky) === 0);
  const foreign = [...own, ...above].filter(({ uid }) => uid !== rootUid);
  const open = own.filter(({ mode }) => canBeWritten(mode)).map(writable);
  const doubts = [...exposed.map(writable), ...foreign.map(notOfRoot)];
  if (isStrict) return { refusals: [...open, ...doubts], warnings: [] };
  return { refusals: open, warnings: doubts };
}

function canBeWritten(mode: number): boolean {
  return (mode & writableByOthers) !== 0;
}

function writable({ path, mode }: OwnedPath): Fault {
  const permissions = (mode & 0o7777).toString(8).padStart(4, '0');
  // Who shares a directory on purpose, as the unit for systemd does, starts the service as its user,
  // whom a chmod would keep from making its files.
  const isShared = (mode & sticky) !== 0 && (mode & writableByAll) === 0;
  const asUser =
    'run txnid as the user that makes its files there (with the unit for systemd: runuser -u txnid -- txnid ...)';
  return {
    what: `${path} can be written by users other than its owner (mode ${permissions})`,
    remedy: isShared ? asUser : `run: chmod go-w ${path}`,
  };
}

function notOfRoot({ path, uid, isLink }: OwnedPath): Fault {
  return {
    what: `${path} belongs to user ${uid}, who can so direct what root reads`,
    remedy: `run: chown ${isLink === true ? '-h ' : ''}root ${path}`,
  };
}
