/**
 * The progress of one instance, owned: locked, read, and checked against the audit trail.
 *
 * The store is the seam between the sequence and where its progress is kept: open, reserve with a
 * fence, close at an exact position, and tell the audit trail.
 */

import { failure, TxnidError } from '../errors.js';
import { numberAt, type Progression } from '../sequence/progression.js';
import { type Choice, type Position, positionOf } from './file/choice.js';
import { type Disk, type DiskProtocol, run, runSync } from './file/disk.js';
import { ProgressFile } from './file/file.js';
import type { FileSystem } from './file/file-system.js';
import type { LockKeeper } from './file/name-sight.js';
import { progressPaths } from './file/paths.js';
import {
  firstGeneration,
  type Owner,
  type Parameters,
  type ProgressRecord,
} from './file/record.js';
import { missing, unusable } from './file/unusable.js';
import { type FlushWatch, WatchedDisk } from './file/watched-disk.js';
import type { LockSystem, VisibleLocks } from './lock/lock.js';
import {
  type HeldFiles,
  holdExisting,
  holdNew,
  isFileThere,
  type LockedFiles,
  letGo,
  type Reading,
  readTrusted,
  showLock,
  trailWithoutFile,
} from './locked-files.js';
import type { SequenceLedger } from './names/ledger.js';
import { type Notice, slotRepaired } from './notices.js';
import type { Progress } from './reservation.js';
import type { SequenceStore } from './sequence.js';
import type { AuditChange, AuditEventName } from './trail/event.js';
import { untoldChanges } from './trail/knowledge.js';
import { type Occurrence, TrailWriter } from './trail/teller.js';

export interface StoreOptions {
  /** The directory of the files. */
  readonly confdir: string;
  /** Name of the sequence; undefined where it is the instance's own. */
  readonly sequence?: string | undefined;
  /** What is known of it beside its own files; undefined for the instance's own. */
  readonly ledger?: SequenceLedger | undefined;
  readonly owner: Owner;
  readonly uid: number;
  readonly system: LockSystem;
  readonly files: FileSystem;
  /** Who takes the visible lock; the real one by default. */
  readonly locks?: VisibleLocks | undefined;
  readonly wallClock: () => Date;
  /** Parameters and first number of a progress file that is not there yet. */
  readonly parameters: Parameters;
  readonly instance: bigint;
  /** What the event of its making tells beside that. */
  readonly madeWith?: readonly AuditChange[] | undefined;
  /** Who keeps the visible lock after `readyForJail`; undefined where there is no jail. */
  readonly keeper?: LockKeeper | undefined;
  /** Told of every flush of the progress file. */
  readonly flushWatch?: FlushWatch | undefined;
  /** Called once if the lock is lost; from then on nothing is written any more. */
  readonly onLost: (error: TxnidError) => void;
  /** Called with what went wrong beside the numbers, such as an event that could not be told. */
  readonly onWarning: (warning: TxnidError) => void;
  /** Called with a line for each turning point that is no fault: see notices.ts. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
}

/** What an operator decided about a stopped instance. */
export interface Decision {
  readonly event: 'accepted' | 'advanced';
  readonly progression: Progression;
  /** Index of the next number in that progression. */
  readonly index: bigint;
  readonly parameters: Parameters;
  readonly changes: readonly AuditChange[];
}

/** An instance that is not there yet, and of which nothing is on the disk. */
export interface UnbornInstance {
  /** Makes its files, which fixes the parameters. Throws TxnidError; `locked` where somebody else was first. */
  readonly publish: () => Promise<ProgressStore>;
}

/** Two first starts at once: whoever loses finds the winner's file at the next attempt. */
const attemptsMax = 8;

/** Of a file that was created and never owned since: both slots are its creator's. */
const createdGeneration = firstGeneration + 1;

/** By how much the clocks of hosts that are kept right, or one that is being set right, may differ. */
const clockToleranceMs = 1000;

export class ProgressStore implements SequenceStore {
  readonly #file: ProgressFile;
  readonly since: string;
  /** Whether the instance is new: made by this start, or by one that did not come to tell the trail. */
  readonly isNew: boolean;
  readonly #options: StoreOptions;
  readonly #files: LockedFiles;
  readonly #choice: Choice;
  readonly #disk: Disk;
  readonly #teller: TrailWriter;
  #untold: readonly AuditChange[];

  /** `files`: in this owner's hands, and read as trusted. */
  constructor(options: StoreOptions, files: LockedFiles, { image, choice }: Reading) {
    this.#options = options;
    this.#files = files;
    this.#choice = choice;
    const { flushWatch } = options;
    this.#disk = flushWatch === undefined ? files.disk : new WatchedDisk(files.disk, flushWatch);
    this.since = options.wallClock().toISOString();
    const trail = () => ({
      trailHead: files.trail.durableHead ?? choice.record.trailHead,
      undone: files.trail.undone,
    });
    this.#untold = untoldChanges(choice, files.trail.recent);
    this.#file = new ProgressFile(files.paths.progress, image, choice, trail, files.inode);
    this.#teller = new TrailWriter(options, files.trail, files.paths.audit, this.#file);
    this.isNew = this.#isUntold();
  }

  /**
   * Locks, reads and checks the instance that is there. Where there is none nothing is made before `publish`,
   * since that fixes the parameters. Throws TxnidError, with the files as they were.
   */
  static async prepare(options: StoreOptions): Promise<ProgressStore | UnbornInstance> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const held = holdExisting(options);
      if (held !== undefined) return await ProgressStore.#own(held, options);
      const { last } = trailWithoutFile(options);
      if (last === undefined) return unborn(options);
      // Somebody else's first start may have got through since we found no file.
      if (!isFileThere(options)) throw missing(progressPaths(options.confdir).progress);
    }
    throw unusable(
      progressPaths(options.confdir).progress,
      'keeps being removed while it is opened',
    );
  }

  /** The same for who has nothing to ask in between: makes what is not there. */
  static async open(options: StoreOptions): Promise<ProgressStore> {
    const prepared = await ProgressStore.prepare(options);
    return prepared instanceof ProgressStore ? prepared : await prepared.publish();
  }

  /** Makes the instance, under the name that others look for. */
  static async publish(options: StoreOptions): Promise<ProgressStore> {
    return await ProgressStore.#own(holdNew(options, firstRecord(options)), options);
  }

  static async #own(held: HeldFiles, options: StoreOptions): Promise<ProgressStore> {
    let store: ProgressStore | undefined;
    const onLost = (error: TxnidError) =>
      options.onLost(store === undefined ? error : store.#file.fail(error));
    try {
      // Before the visible lock: that of a crash lasts until it is stale where the file does not tell whose it was.
      readTrusted(held);
    } catch (error) {
      letGo(held, options);
      throw error;
    }
    const files = await showLock(held, { ...options, onLost });
    try {
      // What counts is what is there now that nobody else has it.
      store = new ProgressStore(options, files, readTrusted(files));
      store.tellWhatWasFound();
      return store;
    } catch (error) {
      await files.release();
      throw error;
    }
  }

  /**
   * Tells that the instance was made, if nobody has, of lines that the trail has lost, and of a clock that went back.
   * Throws a `save` error where the first cannot be told.
   */
  tellWhatWasFound(): void {
    if (this.isNew) this.tellOrThrow('created', { changes: this.#options.madeWith ?? [] });
    this.#teller.tellTruncation();
    this.#warnOfClock();
  }

  /** Opens what is opened only when needed otherwise: the last chance to. Throws a `save` error. */
  readyForJail(): void {
    this.#files.trail.create();
  }

  /** In the jail now: called before anything else can look at the file's name by its path. */
  enteredJail(): void {
    this.#files.enteredJail();
  }

  /** The record as it was found. */
  get found(): ProgressRecord {
    return this.#choice.record;
  }

  get owner(): Owner {
    return this.#options.owner;
  }

  /** Where the numbers go on. */
  position(progression: Progression): Position {
    return positionOf(this.#choice, progression);
  }

  /** The newest record: the last one that is durable, or was read. */
  get saved(): ProgressRecord {
    return this.#file.record;
  }

  /** The error that ended the writing, if any. */
  get failure(): TxnidError | undefined {
    return this.#file.failure;
  }

  /** Makes each of them durable before it asks for the next. Rejects with `save` or `lock-lost`. */
  async save(saving: Iterable<Progress>): Promise<void> {
    await run(this.#disk, this.#writes(saving));
  }

  /** The same with calls that block this thread. */
  saveNow(saving: Iterable<Progress>): void {
    runSync(this.#disk, this.#writes(saving));
  }

  *#writes(saving: Iterable<Progress>): DiskProtocol<void> {
    const { owner, since } = this;
    const { sequence } = this.#options;
    const own = { owner, since, ...(sequence === undefined ? {} : { sequence }) };
    for (const progress of saving) yield* this.#file.write({ ...progress, ...own });
  }

  /** Saves the end of an owner, and tells the trail of it. Rejects with `save` or `lock-lost`. */
  async close(saving: Iterable<Progress>): Promise<void> {
    await this.save(saving);
    await this.tellInBackground('stopped');
    await this.#saveLastTrailHead();
  }

  /**
   * Carries out what an operator decided: a new position, at or above everything handed out, or new
   * parameters. They go into both slots, so that losing one cannot undo them; then the trail is told.
   * If that fails, the file goes back to what it said: no change without its event. Throws TxnidError.
   */
  async decide(decision: Decision): Promise<void> {
    const { progression, index, parameters, event, changes } = decision;
    const before = this.position(progression);
    const next = numberAt(progression, index);
    await this.#settle({ next, parameters, clean: true }, before.bound);
    this.tellUntold();
    this.noticeRepair();
    if (!before.isExact) this.tell('crash found');
    try {
      this.tellOrThrow(event, { changes });
    } catch (error) {
      const { found } = this;
      const { isExact, bound } = before;
      await this.#settle({ next: found.next, parameters: found.parameters, clean: isExact }, bound);
      throw error;
    }
    await this.saveTrailHeadOrWarn();
  }

  async #settle(state: Omit<Progress, 'reserved' | 'ceiling'>, bound: bigint): Promise<void> {
    const progress = { ...state, reserved: bound, ceiling: bound };
    await this.save([progress, progress]);
  }

  /**
   * Tells what the record was found to say that no event told: only now that it is durable for certain, and
   * before anything else is told of it.
   */
  tellUntold(): void {
    const changes = this.#untold;
    this.#untold = [];
    if (changes.length === 0) return;
    this.tell('change found', {
      changes,
      reason: 'the progress file was changed, and no event told so',
    });
  }

  /** See TrailWriter. Throws a `save` error. */
  tellOrThrow(event: AuditEventName, occurrence?: Occurrence): void {
    this.#teller.tellOrThrow(event, occurrence);
  }

  /** The same with a warning in place of the error. */
  tell(event: AuditEventName, occurrence?: Occurrence): void {
    this.#teller.tell(event, occurrence);
  }

  /** The same without blocking this thread. */
  async tellInBackground(event: AuditEventName, occurrence?: Occurrence): Promise<void> {
    await this.#teller.tellInBackground(event, occurrence);
  }

  /** Saves the head that the trail has after an event. Rejects with `save` or `lock-lost`. */
  async saveTrailHead(): Promise<void> {
    await run(this.#disk, this.#file.saveTrailHead());
  }

  /** The same where what the event tells of is durable, and the last that is saved: the error says so. */
  async #saveLastTrailHead(): Promise<void> {
    try {
      await this.saveTrailHead();
    } catch (error) {
      throw error instanceof TxnidError && error.code === 'save' ? headUnsaved(error) : error;
    }
  }

  /** The same with a warning in place of the error. */
  async saveTrailHeadOrWarn(): Promise<void> {
    try {
      await this.#saveLastTrailHead();
    } catch (error) {
      if (!(error instanceof TxnidError)) throw error;
      this.#options.onWarning(error);
    }
  }

  notice(notice: Notice): void {
    this.#options.onNotice?.(notice);
  }

  /** To be called once the slot that the newest record is not in has been written. */
  noticeRepair(): void {
    const { isNeighbourIntact, slot } = this.#choice;
    if (!isNeighbourIntact)
      this.notice(slotRepaired(this.#files.paths.progress, slot === 0 ? 1 : 0));
  }

  /** Gives the locks back; writes nothing. Doing it again does nothing. */
  async release(): Promise<void> {
    await this.#files.release();
  }

  /** The trail is read by its times: whoever reads it has to know where they go back. */
  #warnOfClock(): void {
    const last = this.#files.trail.recent.findLast(({ pid }) => pid !== this.owner.pid)?.time ?? '';
    const now = this.#options.wallClock();
    if (!(Date.parse(last) - now.getTime() > clockToleranceMs)) return;
    const what = `The clock says ${now.toISOString()}, which is before the last event of the audit trail, ${last}`;
    this.#options.onWarning(failure('state', what, 'set the clock; no number depends on it'));
  }

  /** Whether the file is new and its creation not told; else the trail was moved away or lost. */
  #isUntold(): boolean {
    const isTrailEmpty = this.#files.trail.last === undefined;
    return isTrailEmpty && this.found.generation === createdGeneration;
  }
}

function headUnsaved(cause: TxnidError): TxnidError {
  const [fault] = cause.faults;
  const what = `The exact position is saved, but not where the audit trail ends: ${fault?.what}`;
  const remedy = 'mend the disk; the next start goes on exactly where this one ended';
  return failure('save', what, remedy, { cause });
}

function unborn(options: StoreOptions): UnbornInstance {
  return { publish: async () => await ProgressStore.publish(options) };
}

function firstRecord(options: StoreOptions): ProgressRecord {
  return {
    generation: firstGeneration,
    next: options.instance,
    reserved: 0n,
    ceiling: 0n,
    clean: true,
    since: options.wallClock().toISOString(),
    owner: options.owner,
    parameters: options.parameters,
    ...(options.sequence === undefined ? {} : { sequence: options.sequence }),
  };
}
