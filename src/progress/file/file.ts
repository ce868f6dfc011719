/**
 * The open progress file as this process knows it: which slot is newest, and what every byte has to
 * be. All writing goes through `write`: fence, write, flush, and a look at what came of it.
 *
 * Invariants: the newest intact slot is never overwritten, nor the other one before the newest is
 * flushed; nothing is written over a record that is not this process's own last one (the fence); what
 * went into a file that lost its name, or cannot be read back, does not count; after a write or flush that failed nothing
 * is written any more, because the kernel may have dropped the page and would call the next flush a
 * success.
 */

import { failure, TxnidError } from '../../errors.js';
import type { Choice, SlotIndex } from './choice.js';
import { type DiskProtocol, steps } from './disk.js';
import { type NameTrouble, troubleText } from './name-sight.js';
import { encodeRecord, type ProgressRecord, slotBytes } from './record.js';

/** A record without what the file itself fills in. */
type Change = Omit<ProgressRecord, 'generation' | 'file' | keyof TrailMark>;

/** What every record says of the audit trail; see ProgressRecord. */
export type TrailMark = Pick<ProgressRecord, 'trailHead' | 'undone'>;

export class ProgressFile {
  readonly #path: string;
  #image: Buffer;
  readonly #trail: () => TrailMark;
  readonly #inode: string | undefined;
  #record: ProgressRecord;
  #slot: SlotIndex;
  #failure: TxnidError | undefined;
  #isWriting = false;
  #isDurable = false;

  /**
   * `image`: the file's bytes as read; `choice`: what was chosen from them; `trail`: what the audit trail
   * is just now, and `inode`: the file's inode number, for every record to carry.
   */
  constructor(
    path: string,
    image: Uint8Array,
    choice: Choice,
    trail: () => TrailMark = () => ({}),
    inode?: string,
  ) {
    this.#path = path;
    this.#inode = inode;
    this.#trail = trail;
    this.#image = Buffer.from(image);
    this.#record = choice.record;
    this.#slot = choice.slot;
  }

  /** The newest record: the last one that is durable, or was read. */
  get record(): ProgressRecord {
    return this.#record;
  }

  /** Makes a record durable; its generation is the last one's plus one. */
  *write(change: Change): DiskProtocol<void> {
    this.#refuseFailed();
    // Two concurrent writes would both pass the fence, and the later one would hide the earlier.
    if (this.#isWriting) throw new Error('Cannot save progress: another write is under way');
    const generation = this.#record.generation + 1;
    const { undone: _, ...rest }: Partial<ProgressRecord> & Change = change;
    const { trailHead, undone } = this.#trail();
    const file = this.#inode;
    const record: ProgressRecord = {
      ...rest,
      generation,
      ...(file === undefined ? {} : { file }),
      ...(trailHead === undefined ? {} : { trailHead }),
      ...(undone === undefined ? {} : { undone }),
    };
    const slot: SlotIndex = this.#slot === 0 ? 1 : 0;
    const bytes = encodeRecord(record);
    const offset = slot * slotBytes;
    const written = Buffer.from(this.#image);
    written.set(bytes, offset);
    this.#isWriting = true;
    try {
      yield* this.#settle();
      yield* this.#fence(this.#image, 'was written by somebody else');
      // The lock may be lost while the disk is busy.
      this.#refuseFailed();
      yield* steps.write(offset, bytes);
      yield* steps.flush();
      // Where another file took the name meanwhile, its owner reserves the same numbers; and a layer
      // below may have acknowledged what it then lost.
      yield* this.#fence(written, 'does not hold what was written to it');
      this.#refuseFailed();
    } catch (error) {
      throw this.fail(error instanceof TxnidError ? error : this.#cannotSave(error));
    } finally {
      this.#isWriting = false;
    }
    this.#image = written;
    this.#record = record;
    this.#slot = slot;
  }

  /** Makes the newest record durable once more if the trail has gone on since it was written. */
  *saveTrailHead(): DiskProtocol<void> {
    if (this.#record.trailHead !== this.#trail().trailHead) yield* this.write(this.#record);
  }

  /** Refuses all further writes with this error, or with the one that came first. */
  fail(error: TxnidError): TxnidError {
    this.#failure ??= error;
    return this.#failure;
  }

  /** The error that ended this file's writing, if any. */
  get failure(): TxnidError | undefined {
    return this.#failure;
  }

  #refuseFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Makes durable what was read, before the other slot is written over. It may exist only in the page
   * cache, of an owner that crashed before its flush: a power cut could tear both records then.
   */
  *#settle(): DiskProtocol<void> {
    if (!this.#isDurable) yield* steps.flush();
    this.#isDurable = true;
  }

  /** Whether the file is still the one of its name, and holds exactly this. */
  *#fence(expected: Buffer, otherwise: string): DiskProtocol<void> {
    const name = yield* steps.name();
    if (name !== 'kept') throw nameLost(this.#path, name);
    if (!expected.equals(yield* steps.read())) throw notOurs(this.#path, otherwise);
  }

  #cannotSave(error: unknown): TxnidError {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(
      'save',
      `Cannot save progress to ${this.#path}: ${reason}`,
      'mend the disk, then start again; nothing beyond what is durably reserved was handed out',
      { cause: error },
    );
  }
}

/** The error for a file that does not have its name for itself any more. */
export function nameLost(path: string, trouble: NameTrouble): TxnidError {
  return notOurs(path, troubleText(trouble));
}

function notOurs(path: string, what: string): TxnidError {
  return failure(
    'lock-lost',
    `Cannot save progress: ${path} ${what} while this process owned it`,
    'find out who did it, then start again',
  );
}
