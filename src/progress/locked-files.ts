/** The files of one instance in one owner's hands: both locks taken, the audit trail open. */

import type { TxnidError } from '../errors.js';
import { AuditTrail } from './audit.js';
import type { AuditEvent } from './audit-event.js';
import { newestRecord } from './content.js';
import { createProgressFile } from './create.js';
import type { Disk } from './disk.js';
import { type FileSystem, realFileSystem } from './file-system.js';
import type { LockKeeper } from './held-lock.js';
import type { LockSystem } from './lock.js';
import { cannotOpen, openProgressFile } from './open-file.js';
import { readLastEvent } from './open-trail.js';
import { type ProgressPaths, progressPaths } from './paths.js';
import type { Owner, ProgressRecord } from './record.js';
import { unusable } from './unusable.js';

export interface LockOptions {
  readonly confdir: string;
  /** This process. */
  readonly owner: Owner;
  readonly system: LockSystem;
  /** The file system; the real one by default. */
  readonly files?: FileSystem | undefined;
  /** Who keeps the visible lock, where that is somebody else than who takes it. */
  readonly keeper?: LockKeeper | undefined;
  /** Called once if the lock is lost afterwards. */
  readonly onLost: (error: TxnidError) => void;
  /**
   * The record for a progress file that is not there, given the last event of the audit trail;
   * throws if there must be none.
   */
  readonly firstRecord: (lastEvent: AuditEvent | undefined) => ProgressRecord;
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
  readonly disk: Disk;
  readonly trail: AuditTrail;
  /** Whether the progress file was made just now. */
  readonly isNew: boolean;
}

/** Files that both locks are taken of. */
export interface LockedFiles extends HeldFiles {
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
    record = options.firstRecord(readLastEvent(paths.audit, files));
  } catch (error) {
    // Somebody else's first start may have got through since we found no file.
    if (files.statSync(paths.progress, { throwIfNoEntry: false }) !== undefined) return undefined;
    throw error;
  }
  return createProgressFile(paths, record, options.system, files);
}

async function hold(descriptor: number, isNew: boolean, options: LockOptions, files: FileSystem) {
  const paths = progressPaths(options.confdir);
  const disk = files.diskOf(descriptor);
  let trail: AuditTrail | undefined;
  try {
    trail = AuditTrail.open(paths.audit, files);
    const held = { paths, descriptor, disk, trail, isNew };
    options.judge?.(held);
    const unlock = await files.takeVisibleLock({
      path: paths.progress,
      lockPath: paths.lock,
      self: options.owner,
      lastOwner: newestRecord(readAll(disk))?.owner,
      keeper: options.keeper,
      onLost: options.onLost,
    });
    return locked(held, unlock, files);
  } catch (error) {
    trail?.close();
    files.closeSync(descriptor);
    throw error;
  }
}

function locked(held: HeldFiles, unlock: () => Promise<void>, files: FileSystem): LockedFiles {
  const release = async (): Promise<void> => {
    held.trail.close();
    // The lock directory goes first: while the flock holds, nobody can have put up another one. One
    // that is lost or cannot be removed must not keep the flock held: the next start judges it.
    await unlock().catch(() => undefined);
    files.closeSync(held.descriptor);
  };
  return { ...held, release };
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
