/**
 * The progress of one instance, owned: locked, read, and checked against the audit trail.
 *
 * The store is the seam between the sequence and where its progress is kept: open, reserve with a
 * fence, close at an exact position, and tell the audit trail. Progress comes first and audit second:
 * an event names the generation of a record that is durable already, so a crash between the two never
 * makes a good progress file look old.
 */

import type { TxnidError } from '../errors.js';
import { numberAt, type Progression } from '../sequence/progression.js';
import type { AuditChange, AuditEvent, AuditEventName } from './audit-event.js';
import { type Choice, type Position, positionOf } from './choice.js';
import { chooseRecord, missing, olderThanTrail, unusable } from './content.js';
import { type Disk, type DiskProtocol, run, runSync } from './disk.js';
import { ProgressFile } from './file.js';
import type { LockKeeper } from './held-lock.js';
import type { LockSystem } from './lock.js';
import { type HeldFiles, type LockedFiles, lockFiles, readAll } from './locked-files.js';
import { progressPaths } from './paths.js';
import type { Owner, Parameters, ProgressRecord } from './record.js';
import { type FlushWatch, WatchedDisk } from './watched-disk.js';

export interface StoreOptions {
  readonly confdir: string;
  readonly owner: Owner;
  readonly uid: number;
  readonly system: LockSystem;
  readonly wallClock: () => Date;
  /** Parameters and first number of a progress file that is not there yet. */
  readonly parameters: Parameters;
  readonly instance: bigint;
  /** Who keeps the visible lock after `readyForJail`; undefined where there is no jail. */
  readonly keeper?: LockKeeper | undefined;
  /** Told of every flush of the progress file. */
  readonly flushWatch?: FlushWatch | undefined;
  /** Called once if the lock is lost; from then on nothing is written any more. */
  readonly onLost: (error: TxnidError) => void;
  /** Called with what went wrong beside the numbers, such as an event that could not be told. */
  readonly onWarning: (warning: TxnidError) => void;
}

/** What there is to say of an event, beside the position and parameters of the newest record. */
export interface Occurrence {
  readonly changes?: readonly AuditChange[];
  readonly reason?: string;
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

/** Generation of a file that was created and never owned since: both slots are its creator's. */
const createdGeneration = 2;

export class ProgressStore {
  readonly file: ProgressFile;
  readonly since: string;
  readonly #options: StoreOptions;
  readonly #files: LockedFiles;
  readonly #choice: Choice;
  readonly #disk: Disk;

  private constructor(options: StoreOptions, files: LockedFiles, choice: Choice) {
    this.#options = options;
    this.#files = files;
    this.#choice = choice;
    const { flushWatch } = options;
    this.#disk = flushWatch === undefined ? files.disk : new WatchedDisk(files.disk, flushWatch);
    this.since = options.wallClock().toISOString();
    this.file = new ProgressFile(files.paths.progress, readAll(files.disk), choice);
  }

  /** Locks, reads and checks. Throws TxnidError, with the files as they were. */
  static async open(options: StoreOptions): Promise<ProgressStore> {
    let store: ProgressStore | undefined;
    const files = await lockFiles({
      ...options,
      onLost: (error) => options.onLost(store?.file.fail(error) ?? error),
      firstRecord: (lastEvent) => firstRecord(options, lastEvent),
      judge: trusted,
    });
    try {
      store = new ProgressStore(options, files, trusted(files));
      if (store.#isUntold()) store.tellOrThrow('created');
      return store;
    } catch (error) {
      await files.release();
      throw error;
    }
  }

  /** Opens what is opened only when needed otherwise: the last chance to. Throws a `save` error. */
  readyForJail(): void {
    this.#files.trail.create();
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

  /** Whether there is no trail although the file is not new: it was moved away or lost. */
  isTrailMissing(): boolean {
    return this.#files.trail.last === undefined;
  }

  async run(protocol: DiskProtocol<void>): Promise<void> {
    await run(this.#disk, protocol);
  }

  runSync(protocol: DiskProtocol<void>): void {
    runSync(this.#disk, protocol);
  }

  /**
   * Carries out what an operator decided: a new position, at or above everything handed out, or new
   * parameters. They go into both slots, so that losing one cannot undo them; then the trail is told.
   * If that fails, the file goes back to what it said: no change without its event. Throws TxnidError.
   */
  async decide(decision: Decision): Promise<void> {
    const { progression, index, parameters, event, changes } = decision;
    const before = this.position(progression);
    if (!before.isExact) this.tell('crash found');
    const next = numberAt(progression, index);
    await this.#settle({ next, parameters, clean: true }, before.bound);
    try {
      this.tellOrThrow(event, { changes });
    } catch (error) {
      const { found } = this;
      const { isExact, bound } = before;
      await this.#settle({ next: found.next, parameters: found.parameters, clean: isExact }, bound);
      throw error;
    }
  }

  async #settle(
    state: Pick<ProgressRecord, 'next' | 'parameters' | 'clean'>,
    bound: bigint,
  ): Promise<void> {
    const { since, owner } = this;
    const record = { ...state, reserved: bound, ceiling: bound, since, owner };
    await this.run(this.file.write(record));
    await this.run(this.file.write(record));
  }

  /** Tells the audit trail, and flushes it. Throws a `save` error. */
  tellOrThrow(event: AuditEventName, occurrence: Occurrence = {}): void {
    const { generation, next, reserved, parameters } = this.file.record;
    const { changes = [], ...rest } = occurrence;
    const entry = {
      time: this.#options.wallClock().toISOString(),
      event,
      generation,
      next: String(next),
      reserved: String(reserved),
      changes,
      uid: this.#options.uid,
      pid: this.owner.pid,
      host: this.owner.host,
      parameters,
      ...rest,
    };
    this.#files.trail.append(entry satisfies Omit<AuditEvent, 'previous'>);
  }

  /** Tells the audit trail if that can be done: a full disk must not keep numbers from being served. */
  tell(event: AuditEventName, occurrence: Occurrence = {}): void {
    try {
      this.tellOrThrow(event, occurrence);
    } catch (error) {
      this.#options.onWarning(error as TxnidError);
    }
  }

  /** Gives the locks back; writes nothing. */
  async release(): Promise<void> {
    await this.#files.release();
  }

  #isUntold(): boolean {
    return this.isTrailMissing() && this.found.generation === createdGeneration;
  }
}

function trusted(files: HeldFiles): Choice {
  const choice = chooseRecord(readAll(files.disk));
  if ('unusable' in choice) throw unusable(files.paths.progress, choice.unusable);
  const older = olderThanTrail(choice, files.trail.last?.generation);
  if (older !== undefined) throw unusable(files.paths.progress, older);
  return choice;
}

function firstRecord(options: StoreOptions, lastEvent: AuditEvent | undefined): ProgressRecord {
  if (lastEvent !== undefined) throw missing(progressPaths(options.confdir).progress);
  return {
    generation: 1,
    next: options.instance,
    reserved: 0n,
    ceiling: 0n,
    clean: true,
    since: options.wallClock().toISOString(),
    owner: options.owner,
    parameters: options.parameters,
  };
}
