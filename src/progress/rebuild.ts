/**
 * The way out when the progress file is lost or cannot be trusted: a new one, at a position that an
 * operator vouches for, at or above everything that the audit trail and the old file know.
 */

import { larger } from '../sequence/order.js';
import { indexAtOrAbove, numberAt, type Progression } from '../sequence/progression.js';
import type { AuditEvent } from './audit-event.js';
import { chooseRecord } from './content.js';
import { cannotCreate, writeBothSlots } from './create.js';
import type { FileSystem } from './file-system.js';
import { type LockedFiles, type LockOptions, lockFiles, readAll } from './locked-files.js';
import type { Parameters, ProgressRecord } from './record.js';

export interface RebuildOptions extends Omit<LockOptions, 'firstRecord'> {
  readonly progression: Progression;
  readonly parameters: Parameters;
  /** The operator's number: everything handed out so far is below it. */
  readonly number: bigint;
  /** When this process started, ISO 8601. */
  readonly since: string;
}

/** What is known of the position without the file: the lowest number that may be free. */
interface Knowledge {
  readonly generation: number;
  readonly number: bigint;
}

/**
 * Writes the new file; what was known to be used before, as the lowest number that may be free. The
 * caller tells the trail, through a store that it opens afterwards. Throws TxnidError.
 */
export async function rebuildProgress(options: RebuildOptions): Promise<bigint> {
  let known: Knowledge = { generation: 0, number: 0n };
  const files = await lockFiles({
    ...options,
    firstRecord: (lastEvent) => {
      known = knowledgeOf(lastEvent, undefined);
      return newRecord(options, known);
    },
  });
  try {
    if (!files.isNew) {
      known = knowledgeOf(files.trail.last, readAll(files.disk));
      rewrite(files, newRecord(options, known), options.files);
    }
    return known.number;
  } finally {
    await files.release();
  }
}

function rewrite(
  { descriptor, paths }: LockedFiles,
  record: ProgressRecord,
  files: FileSystem | undefined,
): void {
  try {
    writeBothSlots(descriptor, record, files);
  } catch (error) {
    throw cannotCreate(paths.progress, error);
  }
}

function knowledgeOf(event: AuditEvent | undefined, bytes: Uint8Array | undefined): Knowledge {
  const fromTrail = {
    generation: event?.generation ?? 0,
    number: larger(BigInt(event?.next ?? 0), BigInt(event?.reserved ?? 0)),
  };
  const choice = bytes === undefined ? undefined : chooseRecord(bytes);
  if (choice === undefined || 'unusable' in choice) return fromTrail;
  const { generation, next, ceiling } = choice.record;
  return {
    generation: Math.max(fromTrail.generation, generation),
    number: larger(fromTrail.number, larger(next, ceiling)),
  };
}

function newRecord(options: RebuildOptions, known: Knowledge): ProgressRecord {
  const { progression, owner, since, parameters, number } = options;
  const index = indexAtOrAbove(progression, larger(number, known.number));
  return {
    generation: known.generation + 1,
    next: numberAt(progression, index),
    reserved: 0n,
    ceiling: 0n,
    clean: true,
    since,
    owner,
    parameters,
  };
}
