/**
 * The way out when the progress file is lost or cannot be trusted: a new one, at a position that an
 * operator vouches for, at or above everything that the audit trail and the old file know.
 */

import { constants } from 'node:fs';
import { failure } from '../errors.js';
import { larger } from '../sequence/order.js';
import {
  boundAtOrAbove,
  indexAtOrAbove,
  numberAt,
  type Progression,
} from '../sequence/progression.js';
import type { SlotIndex } from './file/choice.js';
import { cannotCreate, successorOf } from './file/create.js';
import { DescriptorDisk, progressFileBytes } from './file/disk.js';
import type { FileSystem } from './file/file-system.js';
import { openExisting } from './file/open-file.js';
import { progressPaths } from './file/paths.js';
import { encodeRecord, type Parameters, type ProgressRecord, slotBytes } from './file/record.js';
import { type Knowledge, knowledgeOf } from './knowledge.js';
import {
  type HeldFiles,
  holdExisting,
  holdNew,
  type LockedFiles,
  type LockOptions,
  readAll,
  showLock,
  trailWithoutFile,
} from './locked-files.js';
import type { AuditEvent } from './trail/event.js';
import { rebuiltGenerations } from './trail/knowledge.js';

export interface RebuildOptions extends LockOptions {
  readonly progression: Progression;
  readonly parameters: Parameters;
  /** The operator's number: everything handed out so far is below it. */
  readonly number: bigint;
  /** Throws where these parameters, which are known of the instance, must not become other ones. */
  readonly keep: (known: Parameters) => void;
  /** When this process started, ISO 8601. */
  readonly since: string;
}

const noFile = new Uint8Array();

/** What a rebuild would go above, read without a lock: the lowest number that may be free. Throws TxnidError. */
export function foreseeRebuild(options: RebuildOptions): bigint {
  const { files, confdir } = options;
  const { progress } = progressPaths(confdir);
  const { recent } = trailWithoutFile(options);
  const descriptor = openExisting(progress, constants.O_RDONLY, files);
  if (descriptor === undefined) return knownOf(options, recent, noFile).number;
  try {
    return knownOf(options, recent, readAll(new DescriptorDisk(files, descriptor))).number;
  } finally {
    files.closeSync(descriptor);
  }
}

/**
 * Writes the new file; what was known to be used before, as the lowest number that may be free. The
 * caller tells the trail, through a store that it opens afterwards. Throws TxnidError.
 */
export async function rebuildProgress(options: RebuildOptions): Promise<bigint> {
  const existing = holdExisting(options);
  return existing === undefined ? await makeAnew(options) : await rewriteAll(existing, options);
}

/** With what is known of a named sequence beside its own files. */
function knownOf(
  { ledger }: RebuildOptions,
  events: readonly AuditEvent[],
  bytes: Uint8Array,
): Knowledge {
  const own = knowledgeOf(events, bytes);
  const { generation = 0, next = 0n } = ledger?.known ?? {};
  return {
    ...own,
    generation: Math.max(own.generation, generation),
    number: larger(own.number, next),
  };
}

async function makeAnew(options: RebuildOptions): Promise<bigint> {
  const known = knownOf(options, trailWithoutFile(options).recent, noFile);
  const files = await showLock(holdNew(options, newRecord(options, known)), options);
  await files.release();
  return known.number;
}

async function rewriteAll(existing: HeldFiles, options: RebuildOptions): Promise<bigint> {
  const files = await showLock(existing, options);
  try {
    const known = knownOf(options, files.trail.recent, readAll(files.disk));
    const record = { ...newRecord(options, known), file: files.inode };
    rewrite(files, record, known.slot, options.files);
    return known.number;
  } finally {
    await files.release();
  }
}

/** In place, one slot after the other: cut at any time, it leaves one that knows what was known. */
function rewrite(
  { descriptor, paths }: LockedFiles,
  record: ProgressRecord,
  lastSlot: SlotIndex,
  files: FileSystem,
): void {
  try {
    // What was read may be in the page cache only: a power cut could tear both slots then.
    files.fsyncSync(descriptor);
    writeSlot(descriptor, lastSlot === 0 ? 1 : 0, record, files);
    writeSlot(descriptor, lastSlot, successorOf(record), files);
    files.ftruncateSync(descriptor, progressFileBytes);
    files.fsyncSync(descriptor);
  } catch (error) {
    throw cannotCreate(paths.progress, error);
  }
}

function writeSlot(
  descriptor: number,
  slot: SlotIndex,
  record: ProgressRecord,
  files: FileSystem,
): void {
  const bytes = encodeRecord(record);
  const written = files.writeSync(descriptor, bytes, 0, slotBytes, slot * slotBytes);
  if (written !== slotBytes) throw new Error(`only ${written} bytes could be written`);
  files.fsyncSync(descriptor);
}

function newRecord(options: RebuildOptions, known: Knowledge): ProgressRecord {
  const { progression, owner, since, parameters, number } = options;
  if (known.parameters !== undefined) options.keep(known.parameters);
  const index = indexAtOrAbove(progression, larger(number, known.number));
  const next = numberAt(progression, index);
  // Whatever was handed out is below `next`; the operator says so, and all that is known.
  const reserved = boundAtOrAbove(next);
  return {
    generation: generationAbove(Math.max(known.generation, options.ledger?.known?.generation ?? 0)),
    next,
    reserved,
    ceiling: reserved,
    clean: true,
    since,
    owner,
    parameters,
    ...(options.sequence === undefined ? {} : { sequence: options.sequence }),
  };
}

/** Throws a `state` error where the generations are used up, after some eight thousand rebuilds. */
function generationAbove(known: number): number {
  const generation = known + rebuiltGenerations;
  // The successor's, and those of the writes to come, have to be exact too.
  if (Number.isSafeInteger(generation + rebuiltGenerations)) return generation;
  const what = `Cannot make the progress file anew: its generation would be ${generation}`;
  throw failure('state', what, 'begin another instance, above every number handed out so far');
}
