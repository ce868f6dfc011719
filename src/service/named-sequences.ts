/**
 * The sequences of the service that have a name, beside the instance's own. All are held and checked at the start; each
 * begins when it is first asked. None waits for another: each reserves for itself.
 *
 * Their places count from 1 on: 0 is the instance's own sequence, which is called `default`.
 */

import { TxnidError } from '../errors.js';
import { lockSystem, lockSystemForMany } from '../host/lock-system.js';
import { widePoolThreads } from '../host/thread-pool.js';
import { positionOf } from '../progress/file/choice.js';
import { realFileSystem } from '../progress/file/file-system.js';
import { limitedFiles } from '../progress/file/limited-files.js';
import type { LockKeeper } from '../progress/file/name-sight.js';
import { progressPaths } from '../progress/file/paths.js';
import { unusable } from '../progress/file/unusable.js';
import { inspectSequence } from '../progress/inspect.js';
import {
  goneSequence,
  inNamedDirectory,
  makeNamedDirectory,
  namedDirectory,
  namesThere,
  refuseMisplaced,
} from '../progress/names/names.js';
import { type Notice, ofSequence } from '../progress/notices.js';
import { type FoundSequence, RestingStore } from '../progress/resting.js';
import { Sequence } from '../progress/sequence.js';
import { ProgressStore, type StoreOptions } from '../progress/store.js';
import { namesEver } from '../progress/trail/knowledge.js';
import { readTrail } from '../progress/trail/reader.js';
import type { Counters } from '../sequence/counter.js';
import { numberAt } from '../sequence/progression.js';
import { allDone } from './all-done.js';
import { refuseInexactNumbers } from './exact-numbers.js';
import { refuseDifferences } from './mismatch.js';
import { commandEvents, ownership } from './own-store.js';
import { type LoadedSettings, namedParameters, namedSettings, shaping } from './settings.js';

/** What comes of the sequences while they are served. */
export interface NamedEvents {
  /** The lock of one was lost: the service ends. */
  readonly onLost: (error: TxnidError) => void;
  readonly onWarning: (warning: TxnidError) => void;
  readonly onNotice: (notice: Notice) => void;
  /** One is at its end; the others go on. */
  readonly onSpent: (error: TxnidError) => void;
  /** The reservation of one has moved, perhaps. */
  readonly onReserved: (name: string, reserved: bigint) => void;
}

/** Of the pool's threads, for each disk: three that hang leave a quarter of them to the others. */
const poolThreadsPerDisk = widePoolThreads / 4;

interface Named {
  readonly name: string;
  readonly store: RestingStore;
  /** Once it has been asked. */
  sequence: Promise<Sequence> | undefined;
  /** Whether it was told that no number is left. */
  isSpent: boolean;
}

/** Makes the files of all that are not there yet, each to begin at `first`; what is there stays as it is. Throws TxnidError. */
export async function makeNamed(
  settings: LoadedSettings,
  first = settings.progression.instance,
): Promise<void> {
  for (const name of settings.values.sequences) {
    makeNamedDirectory(settings.confdir, name, realFileSystem);
    const options = {
      ...ownership(namedSettings(settings, name)),
      ...commandEvents,
      instance: first,
    };
    const store = await ProgressStore.open(options);
    try {
      if (store.isNew) await store.saveTrailHeadOrWarn();
    } finally {
      await store.release();
    }
  }
}

/** Where the numbers of a sequence go on. `settings`: those of the instance. Throws where they must not. */
export function nextIndexOf(
  found: FoundSequence,
  settings: LoadedSettings,
  sequence: string,
): bigint {
  const { progression, values } = settings;
  const { record } = found.choice;
  refuseDifferences(settings.differencesFrom(record.parameters, shaping), sequence);
  const { index } = positionOf(found.choice, progression);
  refuseInexactNumbers(values, numberAt(progression, index), sequence);
  return index;
}

/**
 * Throws where a name was in service before and its files are gone: made again, it would begin anew. `trail`: the path of
 * the instance's own.
 */
export function refuseGone({ confdir, values, ledger }: LoadedSettings, trail: string): void {
  const { sequences } = values;
  if (sequences.length === 0) return;
  const known = namesEver(readTrail(trail)?.events ?? []);
  for (const name of sequences) {
    refuseMisplaced(confdir, name, realFileSystem);
    const { choice, error } = inspectSequence(confdir, name, lockSystem, ledger());
    if (error !== undefined) throw ofName(name, error);
    if (choice === undefined && known.has(name)) throw goneSequence(confdir, name);
  }
}

/** Throws where sequences were served beside an instance that is not there: it was lost, and must not begin anew. */
export function refuseLost(confdir: string): void {
  for (const name of namesThere(confdir)) {
    const { lastEvent } = inspectSequence(confdir, name, lockSystem);
    if (lastEvent === undefined || lastEvent.event === 'created') continue;
    const { progress } = progressPaths(confdir);
    throw unusable(progress, `is missing, although the sequence ${name} was served beside it`);
  }
}

export class NamedSequences {
  readonly #settings: LoadedSettings;
  readonly #counters: Counters;
  readonly #keeper: LockKeeper | undefined;
  readonly #events: NamedEvents;
  /** This process to all of them: once it is in the jail it cannot find out who it is. */
  readonly #own: StoreOptions;
  readonly #named: Named[] = [];
  #isClosed = false;

  /** `counters`: those of all sequences. */
  constructor(
    settings: LoadedSettings,
    counters: Counters,
    { keeper, flushWatch, owner }: Pick<StoreOptions, 'keeper' | 'flushWatch' | 'owner'>,
    events: NamedEvents,
  ) {
    this.#settings = settings;
    this.#counters = counters;
    this.#keeper = keeper;
    this.#events = events;
    this.#own = {
      ...ownership(settings),
      owner,
      parameters: namedParameters(settings),
      madeWith: [],
      files: limitedFiles(realFileSystem, poolThreadsPerDisk),
      system: lockSystemForMany(),
      flushWatch,
      onLost: events.onLost,
      onWarning: events.onWarning,
    };
  }

  /**
   * Locks, reads and checks all of them, and puts their counters where their numbers go on. Throws TxnidError; what was
   * held by then is `close`'s to let go of.
   */
  async hold(): Promise<void> {
    const { values, ledger } = this.#settings;
    if (values.sequences.length > 0) {
      ledger().compact();
      // There is no way to it from within the jail.
      ledger().create();
    }
    for (const [index, name] of values.sequences.entries()) {
      const found = await this.#holdOne(name).catch((error) => {
        throw ofName(name, error);
      });
      this.#named.push({ name, store: found.store, sequence: undefined, isSpent: false });
      this.#counters.put(index + 1, nextIndexOf(found, this.#settings, name));
    }
  }

  async #holdOne(name: string): Promise<FoundSequence> {
    const { confdir } = this.#settings;
    refuseMisplaced(confdir, name, realFileSystem);
    const found = await RestingStore.hold(() => this.#options(name));
    if (found === undefined) throw goneSequence(confdir, name);
    return found;
  }

  /** In the jail now: see ProgressStore. */
  enteredJail(): void {
    for (const { store } of this.#named) store.enteredJail();
  }

  /**
   * Reserves ahead of use for the sequence at this place, which begins with that if nobody has asked it before. Rejects
   * with what ends the service.
   */
  async reserve(place: number, count: number): Promise<void> {
    const named = this.#named[place - 1];
    if (named === undefined || this.#isClosed) return;
    try {
      named.sequence ??= this.#begin(place, named);
      const sequence = await named.sequence;
      const { counter } = sequence;
      if (counter.isLow() || !counter.fits(BigInt(count))) await sequence.reserveAhead(count);
      this.#events.onReserved(named.name, sequence.reserved);
    } catch (error) {
      if (!(error instanceof TxnidError) || error.code !== 'sequence-end')
        throw ofName(named.name, error);
      if (!named.isSpent) this.#events.onSpent(ofName(named.name, error) as TxnidError);
      named.isSpent = true;
    }
  }

  async #begin(place: number, { store: resting }: Named): Promise<Sequence> {
    const { progression, values } = this.#settings;
    const store = resting.wake();
    try {
      const sequence = new Sequence(store, progression, this.#own.parameters, {
        markEvery: BigInt(values['mark-every']),
        counter: this.#counters.at(place),
      });
      await sequence.begin();
      return sequence;
    } catch (error) {
      await store.release();
      throw error;
    }
  }

  /** Saves the exact positions of those that have begun, and gives all locks back. No thread may be claiming any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closing = allDone(
      this.#named.map(async ({ store, sequence }) => {
        const begun = await sequence?.catch(() => undefined);
        if (begun === undefined) store.release();
        else await begun.close();
      }),
    );
    await closing.finally(() => {
      // Without names it was never read, and cannot be from within the jail.
      if (this.#named.length > 0) this.#settings.ledger().close();
    });
  }

  #options(name: string): StoreOptions {
    const keeper = this.#keeper;
    return {
      ...this.#own,
      confdir: namedDirectory(this.#settings.confdir, name),
      sequence: name,
      ledger: this.#settings.ledger().of(name),
      keeper: keeper === undefined ? undefined : inNamedDirectory(keeper, name),
      onNotice: (notice) => this.#events.onNotice(ofSequence(name, notice)),
    };
  }
}

/** The error as one of that sequence: with its name, where it shows in no path, and the way out of it. */
export function ofName(name: string, error: unknown): unknown {
  if (!(error instanceof TxnidError)) return error;
  const faults = error.faults.map(({ what, remedy }) => ({
    what: what.includes(name) ? what : `${what} (sequence ${name})`,
    remedy: remedy.replace('"txnid advance N"', `"txnid advance N -sequence ${name}"`),
  }));
  return new TxnidError(error.code, faults, { cause: error });
}
