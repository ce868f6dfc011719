/**
 * The generator that the daemon itself is built on, to embed in a program: the same files, the same
 * locks, the same promise.
 */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { failure, TxnidError } from './errors.js';
import { lockReachWarnings } from './host/file-systems.js';
import { ownIdentity } from './host/identity.js';
import { lockSystem } from './host/lock-system.js';
import { refuseAbsentConfdir } from './progress/confdir.js';
import { realFileSystem } from './progress/file/file-system.js';
import { progressPaths } from './progress/file/paths.js';
import type { Parameters } from './progress/file/record.js';
import { noInstance } from './progress/file/unusable.js';
import { NamesLedger } from './progress/names/ledger.js';
import {
  goneSequence,
  makeNamedDirectory,
  namedDirectory,
  noSequence,
  refuseMisplaced,
} from './progress/names/names.js';
import { refuseSpent, Sequence } from './progress/sequence.js';
import { ProgressStore } from './progress/store.js';
import { namesEver } from './progress/trail/knowledge.js';
import { readTrail } from './progress/trail/reader.js';
import { defaultName, isSequenceName, nameRule } from './sequence/name.js';
import { numberMax, numbersPerHigh, type Progression } from './sequence/progression.js';
import type { NumberRange } from './sequence/range.js';

export { type ErrorCode, type Fault, TxnidError } from './errors.js';
export type { NumberRange } from './sequence/range.js';

export interface OpenSequenceOptions {
  /**
   * Directory of the progress file, the lock and the audit trail, which must be there: where a volume is
   * not mounted, a new one would begin again. A relative path counts from the working directory of now.
   */
  readonly confdir: string;
  /**
   * Whether an instance that is not in the confdir yet may be made, as it is by default. With `false` it is
   * refused, so that a lost volume cannot begin again; make it once with `txnid init`. A named sequence is not made
   * by default: a misspelt name would begin to count.
   */
  readonly create?: boolean;
  /**
   * Name of a sequence beside the instance's own, which is called `default`: as those that the daemon serves by its
   * setting `sequences`. Its files are in a directory of its own, so it may be open beside others of the confdir.
   */
  readonly name?: string;
  /**
   * First number, 0 to 32767; 1 by default. In a cluster 1 to `increment`, each once: instances that
   * differ by a multiple of the increment hand out the same numbers.
   */
  readonly instance?: number;
  /** Distance of two numbers, 1 to 32767; 1 by default. The same for all instances. */
  readonly increment?: number;
  /** Largest number to hand out, at most 2^64 - 2, which is the default. */
  readonly max?: bigint;
  /**
   * How many numbers a crash may burn while few are taken, 1 to 65536, which is the default. Fewer mean a flush of
   * the disk more often. May differ from one opening to the next.
   */
  readonly markEvery?: number;
}

/** Numbers that are unique over all runs on one confdir, and only ever increase. */
export interface OpenSequence {
  /**
   * The next number. Blocks for one flush of the disk when the reservation is used up, about once in
   * a second of steady use. Throws TxnidError: `save`, `lock-lost`, `sequence-end`; a plain Error once
   * the sequence is closed, which is a fault of the calling program.
   */
  next(): bigint;
  /**
   * The next `count` numbers, 1 to 1,000,000, as one contiguous range. Throws as `next` does, and
   * RangeError for any other count.
   */
  take(count: number): NumberRange;
  /**
   * Saves the exact position, so that nothing is burnt, and gives the lock back. Rejects with `save` or
   * `lock-lost`, the lock given back all the same. Doing it again does nothing.
   */
  close(): Promise<void>;
}

/**
 * Opens the sequence of a confdir, which nobody else may have open. The first time makes its files, unless
 * `create` is false.
 * Throws TxnidError: `settings`, `locked`, `state`, `parameters` (other ones than those saved),
 * `privilege`, `save`, `sequence-end`.
 */
export async function openSequence(options: OpenSequenceOptions): Promise<OpenSequence> {
  const progression = progressionOf(options);
  const whole = absolute(options.confdir);
  const name = nameOf(options);
  const create = creating(options, name);
  const markEvery = markEveryOf(options);
  refuseAbsentConfdir(whole);
  const confdir = name === undefined ? whole : directoryOf(whole, name, create);
  for (const { what, remedy } of lockReachWarnings(confdir))
    process.emitWarning(`${what}: ${remedy}`);
  let sequence: Sequence | undefined;
  const prepared = await ProgressStore.prepare({
    confdir,
    sequence: name,
    ledger: name === undefined ? undefined : NamesLedger.read(whole, realFileSystem).of(name),
    owner: ownIdentity(),
    uid: process.getuid?.() ?? 0,
    system: lockSystem,
    files: realFileSystem,
    wallClock: () => new Date(),
    parameters: savedAs(progression),
    instance: progression.instance,
    onLost: () => sequence?.abandon(),
    onWarning: (warning) => process.emitWarning(warning),
  });
  const isThere = prepared instanceof ProgressStore;
  if (!isThere) {
    if (!create)
      throw name === undefined ? noInstance(confdir, 'create is false') : noSequence(whole, name);
    refuseSpent(progression, 0n);
  }
  const store = isThere ? prepared : await prepared.publish();
  try {
    const parameters = matching(store.found.parameters, progression);
    sequence = new Sequence(store, progression, parameters, { markEvery });
    await sequence.begin();
    return sequence;
  } catch (error) {
    await store.release();
    throw error;
  }
}

type ProgressionOptions = Omit<OpenSequenceOptions, 'confdir' | 'create' | 'name' | 'markEvery'>;

/** Who calls from JavaScript may give anything, and means no instance where it is not true. */
function creating({ create }: OpenSequenceOptions, name: string | undefined): boolean {
  if (create === undefined) return name === undefined;
  if (typeof create === 'boolean') return create;
  throw outside('create', create, 'true or false');
}

function nameOf({ name = defaultName }: OpenSequenceOptions): string | undefined {
  if (typeof name !== 'string' || !isSequenceName(name)) throw outside('name', name, nameRule);
  return name === defaultName ? undefined : name;
}

/** Of a named sequence; made if it may be, and was never in the service of a daemon. */
function directoryOf(confdir: string, name: string, create: boolean): string {
  refuseMisplaced(confdir, name, realFileSystem);
  const directory = namedDirectory(confdir, name);
  if (!create || existsSync(progressPaths(directory).progress)) return directory;
  const trail = readTrail(progressPaths(confdir).audit);
  if (namesEver(trail?.events ?? []).has(name)) throw goneSequence(confdir, name);
  makeNamedDirectory(confdir, name, realFileSystem);
  return directory;
}

function markEveryOf({ markEvery = Number(numbersPerHigh) }: OpenSequenceOptions): bigint {
  refuseOutside('markEvery', markEvery, 1, Number(numbersPerHigh));
  return BigInt(markEvery);
}

function progressionOf({ instance = 1, increment = 1, max = numberMax }: ProgressionOptions) {
  refuseOutside('instance', instance, 0, 32767);
  refuseOutside('increment', increment, 1, 32767);
  // Who calls from JavaScript may give a number, which would fail only later and cannot be exact.
  const isInside = typeof max === 'bigint' && max >= 1n && max <= numberMax;
  if (!isInside) throw outside('max', max, `a bigint from 1 to ${numberMax}`);
  return { instance: BigInt(instance), increment: BigInt(increment), max };
}

/** The lock is looked at by its path for as long as it is held, wherever the program goes. */
function absolute(confdir: string): string {
  if (typeof confdir === 'string' && confdir !== '') return resolve(confdir);
  throw outside('confdir', confdir, 'the path of a directory');
}

function refuseOutside(name: string, value: number, least: number, most: number): void {
  const isInside = Number.isInteger(value) && value >= least && value <= most;
  if (!isInside) throw outside(name, value, `a whole number from ${least} to ${most}`);
}

function outside(name: string, value: unknown, allowed: string): TxnidError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return failure('settings', `Cannot open the sequence: ${name} is ${shown}`, `must be ${allowed}`);
}

function savedAs({ instance, increment, max }: Progression): Parameters {
  return { instance: Number(instance), increment: Number(increment), max: String(max) };
}

/** The saved parameters, which may be a daemon's and more than ours, if ours are the same. */
function matching(saved: Parameters, progression: Progression): Parameters {
  const own = savedAs(progression);
  // What the record does not know was a default when it was written.
  const before: Parameters = { ...savedAs(progressionOf({})), ...saved };
  const other = Object.entries(own).filter(([name, value]) => before[name] !== value);
  if (other.length === 0) return before;
  const faults = other.map(([name, value]) => ({
    what: `${name} is ${value}, the saved value is ${before[name]}`,
    remedy: 'open the sequence with the saved value, or take another one with "txnid accept"',
  }));
  throw new TxnidError('parameters', faults);
}
