/**
 * Reading the progress of an instance beside its owner: takes no lock, writes nothing, waits for
 * nobody.
 */

import { closeSync, constants, fstatSync } from 'node:fs';
import { TxnidError } from '../errors.js';
import type { Choice } from './file/choice.js';
import { chooseRecord, newestRecord } from './file/content.js';
import { DescriptorDisk } from './file/disk.js';
import { realFileSystem } from './file/file-system.js';
import type { FlockSystem } from './file/flock.js';
import { openExisting, secondName } from './file/open-file.js';
import { type ProgressPaths, progressPaths } from './file/paths.js';
import type { Owner } from './file/record.js';
import { missing, notOf, unusable } from './file/unusable.js';
import { readAll } from './locked-files.js';
import { type Known, NamesLedger, olderThanKnown } from './names/ledger.js';
import { namedDirectory } from './names/names.js';
import type { AuditEvent } from './trail/event.js';
import { olderThanTrail } from './trail/knowledge.js';
import { cannotUse, emptyTrail, readTrailEnd, type TrailEnd } from './trail/open-trail.js';

/** What inspecting needs of the host. */
export interface InspectSystem extends Pick<FlockSystem, 'flockHolder'> {
  /** Whether this very process still runs. */
  readonly isAlive: (owner: Owner) => boolean;
}

export interface Inspection {
  readonly paths: ProgressPaths;
  /** The chosen record; undefined where there is no file, or `error` says why it is unusable. */
  readonly choice: Choice | undefined;
  /** The error that a start would be refused with. */
  readonly error: TxnidError | undefined;
  /** Pid of the process that owns the file now. */
  readonly holder: number | undefined;
  /** The trail's last event. */
  readonly lastEvent: AuditEvent | undefined;
}

/** Of a sequence with a name, and what is known of it beside its files. */
export interface NamedInspection {
  readonly sequence: string;
  readonly known?: Known | undefined;
}

/**
 * The same of the sequence of that name, or the instance's own, of a confdir. `ledger`: that of the confdir, for who has
 * read it.
 */
export function inspectSequence(
  confdir: string,
  name: string | undefined,
  system: InspectSystem,
  ledger?: NamesLedger,
): Inspection {
  if (name === undefined) return inspectProgress(confdir, system);
  const { known } = (ledger ?? NamesLedger.read(confdir, realFileSystem)).of(name);
  return inspectProgress(namedDirectory(confdir, name), system, { sequence: name, known });
}

/** A slot that is being written while it is read looks damaged: the next look sees it whole. */
const looksMax = 5;

/**
 * What a start in this confdir would find, or in this directory of the sequence of that name. Throws `privilege` or `save`
 * where nothing can be read.
 */
export function inspectProgress(
  confdir: string,
  system: InspectSystem,
  named?: NamedInspection,
): Inspection {
  const paths = progressPaths(confdir);
  const descriptor = openSafely(paths.progress);
  try {
    return inspectOpen(descriptor, paths, system, named);
  } finally {
    if (typeof descriptor === 'number') closeSync(descriptor);
  }
}

function inspectOpen(
  descriptor: number | undefined | TxnidError,
  paths: ProgressPaths,
  system: InspectSystem,
  named: NamedInspection | undefined,
): Inspection {
  // Before the record is chosen: a running owner is ahead of its trail, never behind.
  const trail = readTrail(paths.audit, undoneIn(descriptor), named?.sequence);
  const lastEvent = trail.end.last;
  const nobody = { paths, choice: undefined, holder: undefined, lastEvent };
  if (descriptor instanceof TxnidError) return { ...nobody, error: descriptor };
  if (descriptor !== undefined) {
    return { ...look(descriptor, paths, trail, system, named), paths, lastEvent };
  }
  const error = lastEvent === undefined ? undefined : missing(paths.progress);
  return { ...nobody, error: trail.error ?? error };
}

interface Trail {
  readonly end: TrailEnd;
  readonly error: TxnidError | undefined;
}

function look(
  descriptor: number,
  paths: ProgressPaths,
  trail: Trail,
  system: InspectSystem,
  named: NamedInspection | undefined,
) {
  const choice = chooseCalmly(descriptor);
  const holder = system.flockHolder(fstatSync(descriptor, { bigint: true }));
  if ('unusable' in choice) {
    const error = unusable(paths.progress, choice.unusable);
    return { choice: undefined, error, holder };
  }
  const { owner, clean, sequence: found } = choice.record;
  const sequence = named?.sequence;
  if (found !== sequence) {
    const error = unusable(paths.progress, notOf(sequence, found));
    return { choice: undefined, error, holder };
  }
  const older = olderThanTrail(choice, trail.end.recent) ?? olderThanKnown(choice, named?.known);
  const oldCopy = older === undefined ? undefined : unusable(paths.progress, older);
  return {
    choice,
    error: secondName(fstatSync(descriptor), paths, realFileSystem) ?? trail.error ?? oldCopy,
    holder: holder ?? (!clean && system.isAlive(owner) ? owner.pid : undefined),
  };
}

function chooseCalmly(descriptor: number) {
  const disk = new DescriptorDisk(realFileSystem, descriptor);
  let choice = chooseRecord(readAll(disk));
  for (let looks = 1; looks < looksMax; looks++) {
    if (!('unusable' in choice) && choice.isNeighbourIntact) break;
    choice = chooseRecord(readAll(disk));
  }
  return choice;
}

/** A file that cannot be used is a finding; one that may not be read is an error. */
function openSafely(path: string): number | undefined | TxnidError {
  try {
    return openExisting(path, constants.O_RDONLY, realFileSystem);
  } catch (error) {
    if (error instanceof TxnidError && error.code === 'state') return error;
    throw error;
  }
}

/** The hash of a line of the trail that does not count. */
function undoneIn(descriptor: number | undefined | TxnidError): string | undefined {
  if (typeof descriptor !== 'number') return undefined;
  return newestRecord(readAll(new DescriptorDisk(realFileSystem, descriptor)))?.undone;
}

function readTrail(path: string, undone: string | undefined, sequence: string | undefined): Trail {
  try {
    const end = readTrailEnd(path, realFileSystem, undone);
    const other = end.recent.find((event) => event.sequence !== sequence);
    if (other !== undefined) throw cannotUse(path, `it ${notOf(sequence, other.sequence)}`);
    return { end, error: undefined };
  } catch (error) {
    if (error instanceof TxnidError) return { end: emptyTrail, error };
    throw error;
  }
}
