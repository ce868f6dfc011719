/** The files of one instance in one owner's hands: both locks taken, the audit trail open, and what can be trusted read. */

import { basename } from 'node:path';
import { failure, type TxnidError } from '../errors.js';
import type { Choice } from './file/choice.js';
import { type Content, contentOf, newestRecord } from './file/content.js';
import { createProgressFile, inodeOf, isNamed } from './file/create.js';
import { DescriptorDisk, type Disk } from './file/disk.js';
import { nameLost } from './file/file.js';
import type { FileSystem } from './file/file-system.js';
import { type LockKeeper, NameSight, pathInJail } from './file/name-sight.js';
import { cannotOpen, openProgressFile } from './file/open-file.js';
import { type ProgressPaths, progressPaths } from './file/paths.js';
import type { Owner, ProgressRecord } from './file/record.js';
import { notOf, unusable } from './file/unusable.js';
import { type LockSystem, takeVisibleLock, type VisibleLocks } from './lock/lock.js';
import { olderThanKnown, type SequenceLedger } from './names/ledger.js';
import { olderThanTrail } from './trail/knowledge.js';
import { cannotUse, readTrailEnd, type TrailEnd } from './trail/open-trail.js';
import { AuditTrail } from './trail/trail.js';

export interface LockOptions {
  /** The directory of the files. */
  readonly confdir: string;
  /** Name of the sequence; undefined where it is the instance's own. */
  readonly sequence?: string | undefined;
  /** What is known of it beside its own files. */
  readonly ledger?: SequenceLedger | undefined;
  /** This process. */
  readonly owner: Owner;
  readonly system: LockSystem;
  readonly files: FileSystem;
  /** Who takes the visible lock; the real one by default. */
  readonly locks?: VisibleLocks | undefined;
  /** Who keeps the visible lock, where that is somebody else than who takes it. */
  readonly keeper?: LockKeeper | undefined;
  /** Called once if the lock, or the name of the file, is lost afterwards. */
  readonly onLost: (error: TxnidError) => void;
  /** Called with what cannot be watched over, and when a start has to wait. */
  readonly onWarning: (warning: TxnidError) => void;
}

/** Files whose flock is taken. */
export interface HeldFiles {
  readonly sequence: string | undefined;
  readonly ledger: SequenceLedger | undefined;
  readonly paths: ProgressPaths;
  readonly descriptor: number;
  /** Inode number of the progress file, decimal. */
  readonly inode: string;
  readonly disk: Disk;
  readonly trail: AuditTrail;
  /** How its name is seen. */
  readonly sight: NameSight;
  /** What the progress file said when it was taken hold of. */
  readonly content: Content;
}

/** Files that both locks are taken of. */
export interface LockedFiles extends HeldFiles {
  /** The process sees the progress file where its keeper says from here on. */
  readonly enteredJail: () => void;
  /** Gives both locks back; doing it again does nothing. */
  readonly release: () => Promise<void>;
}

/** The files of an instance that is there; undefined where there is no progress file. Throws TxnidError. */
export function holdExisting(options: LockOptions): HeldFiles | undefined {
  const { confdir, system, files } = options;
  const descriptor = openProgressFile(progressPaths(confdir), system, files);
  return descriptor === undefined ? undefined : hold(descriptor, options, files);
}

/** Makes the progress file, which nobody else may have made by then. Throws TxnidError. */
export function holdNew(options: LockOptions, record: ProgressRecord): HeldFiles {
  const { confdir, system, files } = options;
  const paths = progressPaths(confdir);
  const descriptor = createProgressFile(paths, record, system, files);
  if (descriptor !== undefined) return hold(descriptor, options, files);
  // Throws, with the name of who was first, unless that one is gone already.
  const other = holdExisting(options);
  if (other !== undefined) letGo(other, options);
  const what = `Cannot create ${paths.progress}: another start made it just now`;
  throw failure('locked', what, 'stop that one, or leave it at that; then start again');
}

/** What the trail of an instance knows whose progress file is not there. Throws TxnidError. */
export function trailWithoutFile({ confdir, files }: LockOptions): TrailEnd {
  return readTrailEnd(progressPaths(confdir).audit, files);
}

/** Whether there is something at the name of the progress file. */
export function isFileThere({ confdir, files }: LockOptions): boolean {
  return files.statSync(progressPaths(confdir).progress, { throwIfNoEntry: false }) !== undefined;
}

function hold(descriptor: number, options: LockOptions, files: FileSystem): HeldFiles {
  const paths = progressPaths(options.confdir);
  let sight: NameSight | undefined;
  try {
    sight = sightOf(paths, descriptor, options, files);
    const disk = new DescriptorDisk(files, descriptor, sight);
    const content = contentOf(readAll(disk));
    const undone = content.newest?.undone;
    const trail = AuditTrail.open(paths.audit, files, undone);
    const { sequence, ledger } = options;
    const held = {
      paths,
      descriptor,
      inode: inodeOf(descriptor, files),
      disk,
      trail,
      sight,
      sequence,
      ledger,
      content,
    };
    refuseForeignTrail(held);
    return held;
  } catch (error) {
    sight?.close();
    files.closeSync(descriptor);
    throw cannotOpen(paths.progress, error);
  }
}

/** Throws where the trail is that of another sequence: no file that is made beside it could be told from an older one. */
function refuseForeignTrail({ trail, paths, sequence }: HeldFiles): void {
  const other = trail.recent.find((event) => event.sequence !== sequence);
  if (other !== undefined) throw cannotUse(paths.audit, `it ${notOf(sequence, other.sequence)}`);
}

/** Gives the flock back, where it does not come to the visible lock. */
export function letGo(held: HeldFiles, { files }: Pick<LockOptions, 'files'>): void {
  held.trail.close();
  held.sight.close();
  files.closeSync(held.descriptor);
}

/** Takes the visible lock beside the flock. Throws TxnidError, with the flock given back. */
export async function showLock(held: HeldFiles, options: LockOptions): Promise<LockedFiles> {
  try {
    return locked(held, await takeLock(held, options), options);
  } catch (error) {
    letGo(held, options);
    throw cannotOpen(held.paths.progress, error);
  }
}

/**
 * Sees that nobody else shows a lock, and shows none: for a sequence whose owner shows that of the instance. What a
 * crash has left is cleared away. Throws TxnidError.
 */
export async function refuseShownLock(held: HeldFiles, options: LockOptions): Promise<void> {
  const { lock, progress } = held.paths;
  try {
    if (options.files.lstatSync(lock, { throwIfNoEntry: false }) === undefined) return;
    const unlock = await takeLock(held, options);
    await unlock();
  } catch (error) {
    throw cannotOpen(progress, error);
  }
}

/** The result gives it back. */
async function takeLock(held: HeldFiles, options: LockOptions): Promise<() => Promise<void>> {
  const { paths, disk } = held;
  const { locks = { takeVisibleLock } } = options;
  return await locks.takeVisibleLock({
    path: paths.progress,
    lockPath: paths.lock,
    self: options.owner,
    file: held.inode,
    last: newestRecord(readAll(disk)),
    system: options.system,
    files: options.files,
    keeper: options.keeper,
    nameLoss: () => nameLossOf(paths.progress, disk),
    onWarning: options.onWarning,
    onLost: options.onLost,
  });
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
  const name = disk.nameSync();
  return name === 'kept' ? undefined : nameLost(path, name);
}

/** Held files as locked ones; `unlock` gives the visible lock back. */
export function locked(
  held: HeldFiles,
  unlock: () => Promise<void>,
  options: Pick<LockOptions, 'keeper' | 'files'>,
): LockedFiles {
  const { keeper } = options;
  const enteredJail = (): void => {
    // Without a keeper there is no jail: the name is where it was.
    if (keeper !== undefined) held.sight.moveTo(pathInJail(keeper, basename(held.paths.progress)));
  };
  let isReleased = false;
  const release = async (): Promise<void> => {
    if (isReleased) return;
    isReleased = true;
    // The lock directory goes first: while the flock holds, nobody can have put up another one. One
    // that is lost or cannot be removed must not keep the flock held: the next start judges it.
    await unlock().catch(() => undefined);
    letGo(held, options);
  };
  return { ...held, enteredJail, release };
}

/** The bytes of the progress file. Throws a `save` error where the disk does not give them. */
export function readAll(disk: Disk): Uint8Array {
  try {
    return disk.readSync();
  } catch (error) {
    throw cannotOpen('the progress file', error);
  }
}

/**
 * What was read, and what was chosen from it. Of one read: were the image from a later one, the fence
 * would take a write of somebody else in between for this owner's own.
 */
export interface Reading {
  readonly image: Uint8Array;
  readonly choice: Choice;
}

/** Reads a file that may be used, unless it has been read. Throws a `state` error for any other. */
export function readTrusted(
  files: HeldFiles,
  { image, choice } = contentOf(readAll(files.disk)),
): Reading {
  if ('unusable' in choice) throw unusable(files.paths.progress, choice.unusable);
  const { sequence } = choice.record;
  if (sequence !== files.sequence)
    throw unusable(files.paths.progress, notOf(files.sequence, sequence));
  const older =
    olderThanTrail(choice, files.trail.recent) ?? olderThanKnown(choice, files.ledger?.known);
  if (older !== undefined) throw unusable(files.paths.progress, older);
  return { image, choice };
}
