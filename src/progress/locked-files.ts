/** The files of one instance in one owner's hands: both locks taken, the audit trail open. */

import { basename } from 'node:path';
import { failure, type TxnidError } from '../errors.js';
import { newestRecord } from './file/content.js';
import { createProgressFile, inodeOf, isNamed } from './file/create.js';
import type { Disk } from './file/disk.js';
import { nameLost } from './file/file.js';
import { type FileSystem, realFileSystem } from './file/file-system.js';
import { type LockKeeper, NameSight, type NameTrouble, pathInJail } from './file/name-sight.js';
import { cannotOpen, openProgressFile } from './file/open-file.js';
import { type ProgressPaths, progressPaths } from './file/paths.js';
import type { Owner, ProgressRecord } from './file/record.js';
import { unusable } from './file/unusable.js';
import { type LockSystem, takeVisibleLock, type VisibleLocks } from './lock/lock.js';
import { readTrailEnd, type TrailEnd } from './trail/open-trail.js';
import { AuditTrail } from './trail/trail.js';

export interface LockOptions {
  readonly confdir: string;
  /** This process. */
  readonly owner: Owner;
  readonly system: LockSystem;
  /** The file system; the real one by default. */
  readonly files?: FileSystem | undefined;
  /** Who takes the visible lock; the real one by default. */
  readonly locks?: VisibleLocks | undefined;
  /** Who keeps the visible lock, where that is somebody else than who takes it. */
  readonly keeper?: LockKeeper | undefined;
  /** Called once if the lock, or the name of the file, is lost afterwards. */
  readonly onLost: (error: TxnidError) => void;
  /** Called with what cannot be watched over, and when a start has to wait. */
  readonly onWarning: (warning: TxnidError) => void;
  /**
   * The record for a progress file that is not there, given the end of the audit trail; throws if there
   * must be none.
   */
  readonly firstRecord: (end: TrailEnd) => ProgressRecord;
  /**
   * Throws if these files must not be used: before the visible lock, since that of a crash lasts until
   * it is stale where the file does not tell whose it was.
   */
  readonly judge?: (files: HeldFiles) => void;
}

/** Files whose flock is taken. */
export interface HeldFiles {
  readonly paths: ProgressPaths;
  readonly descriptor: number;
  /** Inode number of the progress file, decimal. */
  readonly inode: string;
  readonly disk: Disk;
  readonly trail: AuditTrail;
  /** Whether the progress file was made just now. */
  readonly isNew: boolean;
}

/** Files that both locks are taken of. */
export interface LockedFiles extends HeldFiles {
  /** The process sees the progress file where its keeper says from here on. */
  readonly enteredJail: () => void;
  /** Gives both locks back. */
  readonly release: () => Promise<void>;
}

/** Two first starts at once: whoever loses finds the winner's file at the next attempt. */
const attemptsMax = 8;

/** Takes both locks, creating the progress file if there is none. Throws TxnidError. */
export async function lockFiles(options: LockOptions): Promise<LockedFiles> {
  const { confdir, system, files = realFileSystem } = options;
  const paths = progressPaths(confdir);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const existing = openProgressFile(paths, system, files);
    const descriptor = existing ?? createFirst(paths, options, files);
    const isNew = existing === undefined;
    if (descriptor !== undefined) return await hold(descriptor, isNew, options, files);
  }
  throw unusable(paths.progress, 'keeps being removed while it is opened');
}

function createFirst(
  paths: ProgressPaths,
  options: LockOptions,
  files: FileSystem,
): number | undefined {
  let record: ProgressRecord;
  try {
    record = options.firstRecord(readTrailEnd(paths.audit, undefined, files));
  } catch (error) {
    // Somebody else's first start may have got through since we found no file.
    if (files.statSync(paths.progress, { throwIfNoEntry: false }) !== undefined) return undefined;
    throw error;
  }
  return createProgressFile(paths, record, options.system, files);
}

async function hold(descriptor: number, isNew: boolean, options: LockOptions, files: FileSystem) {
  const paths = progressPaths(options.confdir);
  let trail: AuditTrail | undefined;
  let sight: NameSight | undefined;
  try {
    sight = sightOf(paths, descriptor, options, files);
    const disk = files.diskOf(descriptor, sight);
    const undone = newestRecord(readAll(disk))?.undone;
    trail = AuditTrail.open(paths.audit, files, undone);
    const held = { paths, descriptor, inode: inodeOf(descriptor, files), disk, trail, isNew };
    options.judge?.(held);
    const { locks = { takeVisibleLock } } = options;
    const unlock = await locks.takeVisibleLock({
      path: paths.progress,
      lockPath: paths.lock,
      self: options.owner,
      file: held.inode,
      last: newestRecord(readAll(disk)),
      system: options.system,
      keeper: options.keeper,
      nameLoss: () => nameLossOf(paths.progress, disk),
      onWarning: options.onWarning,
      onLost: options.onLost,
    });
    return locked(held, sight, unlock, options, files);
  } catch (error) {
    trail?.close();
    sight?.close();
    files.closeSync(descriptor);
    throw cannotOpen(paths.progress, error);
  }
}

/** How the owner sees whether the file keeps its name: see NameSight. */
function sightOf(
  { progress }: ProgressPaths,
  descriptor: number,
  { keeper, system, onWarning }: LockOptions,
  files: FileSystem,
): NameSight {
  if (keeper === undefined) return new NameSight(progress, undefined);
  let sight: NameSight;
  try {
    sight = new NameSight(undefined, system.watchName(progress));
  } catch (error) {
    onWarning(unwatched(progress, error));
    return new NameSight(undefined, undefined);
  }
  // What was done to the name before the watch began has been missed.
  if (isNamed(descriptor, progress, files)) return sight;
  sight.close();
  throw unusable(progress, 'was replaced just now');
}

function unwatched(path: string, cause: unknown): TxnidError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const what = `Cannot watch over the name ${path}: ${reason}`;
  const remedy =
    'do not move, link or replace the file while the service runs; see fs.inotify in sysctl(8)';
  return failure('save', what, remedy, { cause });
}

function nameLossOf(path: string, disk: Disk): TxnidError | undefined {
  const name = disk.performSync({ call: 'name' });
  return name === 'kept' ? undefined : nameLost(path, name as NameTrouble);
}

function locked(
  held: HeldFiles,
  sight: NameSight,
  unlock: () => Promise<void>,
  { keeper }: LockOptions,
  files: FileSystem,
): LockedFiles {
  const enteredJail = (): void => {
    // Without a keeper there is no jail: the name is where it was.
    if (keeper !== undefined) sight.moveTo(pathInJail(keeper, basename(held.paths.progress)));
  };
  const release = async (): Promise<void> => {
    held.trail.close();
    // The lock directory goes first: while the flock holds, nobody can have put up another one. One
    // that is lost or cannot be removed must not keep the flock held: the next start judges it.
    await unlock().catch(() => undefined);
    sight.close();
    files.closeSync(held.descriptor);
  };
  return { ...held, enteredJail, release };
}

/** The bytes of the progress file. Throws a `save` error where the disk does not give them. */
export function readAll(disk: Disk): Uint8Array {
  try {
    const bytes = disk.performSync({ call: 'read' });
    return bytes instanceof Uint8Array ? bytes : new Uint8Array();
  } catch (error) {
    throw cannotOpen('the progress file', error);
  }
}
