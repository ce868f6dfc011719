/** The files of one instance in one owner's hands: both locks taken, the audit trail open. */

import { closeSync, lstatSync } from 'node:fs';
import type { TxnidError } from '../errors.js';
import { AuditTrail, readLastEvent } from './audit.js';
import type { AuditEvent } from './audit-event.js';
import { chooseRecord, unusable } from './content.js';
import { createProgressFile } from './create.js';
import { DescriptorDisk, type Disk } from './disk.js';
import type { LockKeeper } from './held-lock.js';
import { type LockSystem, takeVisibleLock } from './lock.js';
import { openProgressFile } from './open-file.js';
import { type ProgressPaths, progressPaths } from './paths.js';
import type { Owner, ProgressRecord } from './record.js';

export interface LockOptions {
  readonly confdir: string;
  /** This process. */
  readonly owner: Owner;
  readonly system: LockSystem;
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
  const paths = progressPaths(options.confdir);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const existing = openProgressFile(paths, options.system);
    const descriptor = existing ?? createFirst(paths, options);
    if (descriptor !== undefined) return await hold(descriptor, existing === undefined, options);
  }
  throw unusable(paths.progress, 'keeps being removed while it is opened');
}

function createFirst(paths: ProgressPaths, options: LockOptions): number | undefined {
  let record: ProgressRecord;
  try {
    record = options.firstRecord(readLastEvent(paths.audit));
  } catch (error) {
    // Somebody else's first start may have got through since we found no file.
    if (lstatSync(paths.progress, { throwIfNoEntry: false }) !== undefined) return undefined;
    throw error;
  }
  return createProgressFile(paths, record, options.system);
}

async function hold(descriptor: number, isNew: boolean, options: LockOptions) {
  const paths = progressPaths(options.confdir);
  const disk = new DescriptorDisk(descriptor);
  let trail: AuditTrail | undefined;
  try {
    trail = AuditTrail.open(paths.audit);
    const files = { paths, descriptor, disk, trail, isNew };
    options.judge?.(files);
    const unlock = await takeVisibleLock({
      path: paths.progress,
      lockPath: paths.lock,
      self: options.owner,
      lastOwner: lastOwner(disk),
      keeper: options.keeper,
      onLost: options.onLost,
    });
    return locked(files, unlock);
  } catch (error) {
    trail?.close();
    closeSync(descriptor);
    throw error;
  }
}

function locked(files: HeldFiles, unlock: () => Promise<void>): LockedFiles {
  const release = async (): Promise<void> => {
    files.trail.close();
    // The lock directory goes first: while the flock holds, nobody can have put up another one. One
    // that is lost or cannot be removed must not keep the flock held: the next start judges it.
    await unlock().catch(() => undefined);
    closeSync(files.descriptor);
  };
  return { ...files, release };
}

function lastOwner(disk: Disk): Owner | undefined {
  const choice = chooseRecord(readAll(disk));
  return 'unusable' in choice ? undefined : choice.record.owner;
}

/** The bytes of the progress file. */
export function readAll(disk: Disk): Uint8Array {
  const bytes = disk.performSync({ call: 'read' });
  return bytes instanceof Uint8Array ? bytes : new Uint8Array();
}
