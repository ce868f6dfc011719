/**
 * Telling the audit trail what happens to an instance.
 *
 * Progress comes first and audit second: an event names the generation of a record that is durable
 * already, so a crash between the two never makes a good progress file look old.
 */

import type { TxnidError } from '../../errors.js';
import { type DiskProtocol, run, runSync } from '../file/disk.js';
import type { ProgressFile } from '../file/file.js';
import { firstGeneration, type Owner, type ProgressRecord } from '../file/record.js';
import type { Known, SequenceLedger } from '../names/ledger.js';
import type { AuditChange, AuditEvent, AuditEventName } from './event.js';
import { cutOff, emptied, isHeadKnown, truncated } from './head.js';
import type { AuditTrail } from './trail.js';

/** What there is to say of an event, beside the position and parameters of the newest record. */
export interface Occurrence {
  readonly changes?: readonly AuditChange[];
  readonly given?: readonly string[] | undefined;
  readonly reason?: string;
}

export interface TellerOptions {
  /** Name of the sequence; undefined for the instance's own. */
  readonly sequence?: string | undefined;
  /** What is to know of the sequence what its trail does. */
  readonly ledger?: SequenceLedger | undefined;
  readonly owner: Owner;
  readonly uid: number;
  readonly wallClock: () => Date;
  /** Called with what could not be told, and with what is wrong with the trail. */
  readonly onWarning: (warning: TxnidError) => void;
}

export class TrailWriter {
  readonly #options: TellerOptions;
  readonly #trail: AuditTrail;
  readonly #path: string;
  readonly #file: ProgressFile;
  readonly #found: ProgressRecord;

  /** `path`: the trail's; `file`: the progress file, of which nothing was written so far. */
  constructor(options: TellerOptions, trail: AuditTrail, path: string, file: ProgressFile) {
    this.#options = options;
    this.#trail = trail;
    this.#path = path;
    this.#file = file;
    this.#found = file.record;
  }

  /** Tells the audit trail, and flushes it. Throws `save`, or `state` where the trail is none any more. */
  tellOrThrow(event: AuditEventName, occurrence: Occurrence = {}): void {
    this.#trail.create();
    runSync(this.#trail.disk, this.#telling(event, occurrence));
    const { ledger, onWarning } = this.#options;
    try {
      ledger?.note(this.#known());
    } catch (error) {
      // What the trail was told stands: the ledger knows less then, and refuses nothing for it.
      onWarning(error as TxnidError);
    }
  }

  /** Of a record that is durable for certain: of one that was only read, what the trail says. */
  #known(): Known {
    const { record } = this.#file;
    const isDurable = record !== this.#found;
    return { generation: this.#durableGeneration(), next: isDurable ? record.next : 0n };
  }

  *#telling(event: AuditEventName, occurrence: Occurrence): DiskProtocol<void> {
    const headBefore = this.#trail.refresh();
    if (headBefore !== undefined) yield* this.#tellCut(headBefore);
    yield* this.#append(event, occurrence);
  }

  *#append(event: AuditEventName, occurrence: Occurrence): DiskProtocol<void> {
    const { next, reserved, parameters } = this.#file.record;
    const { owner, uid, wallClock, sequence } = this.#options;
    const { changes = [], given, ...rest } = occurrence;
    const entry = {
      time: wallClock().toISOString(),
      ...(sequence === undefined ? {} : { sequence }),
      event,
      generation: this.#durableGeneration(),
      next: String(next),
      reserved: String(reserved),
      changes,
      uid,
      pid: owner.pid,
      host: owner.host,
      parameters,
      ...(given === undefined ? {} : { given }),
      ...rest,
    };
    yield* this.#trail.appending(entry satisfies Omit<AuditEvent, 'previous'>);
  }

  /** Tells the audit trail if that can be done: a full disk must not keep numbers from being served. */
  tell(event: AuditEventName, occurrence: Occurrence = {}): void {
    try {
      this.tellOrThrow(event, occurrence);
    } catch (error) {
      this.#options.onWarning(error as TxnidError);
    }
  }

  /** The same without blocking this thread. */
  async tellInBackground(event: AuditEventName, occurrence: Occurrence = {}): Promise<void> {
    try {
      this.#trail.create();
      await run(this.#trail.disk, this.#telling(event, occurrence));
      await this.#options.ledger?.noteInBackground(this.#known());
    } catch (error) {
      this.#options.onWarning(error as TxnidError);
    }
  }

  /** Tells of lines that the trail has lost since the record was written; see trail-head.ts. */
  tellTruncation(): void {
    const { trailHead } = this.#found;
    const { head, tornBytes } = this.#trail;
    // After a clean stop it is the last line: then the trail, which may be long, need not be read.
    const isReached = trailHead === head || isHeadKnown(trailHead, head, this.#trail.bytes());
    if (!isReached) {
      try {
        this.#trail.create();
        const telling = this.#appendTruncation(trailHead ?? null, truncated(this.#path));
        runSync(this.#trail.disk, telling);
      } catch (error) {
        this.#options.onWarning(error as TxnidError);
      }
    } else if (tornBytes > 0) {
      this.#options.onWarning(cutOff(this.#path, tornBytes));
    }
  }

  /** Of lines that went while this owner had the trail open, and of no others that came. */
  *#tellCut(headBefore: string): DiskProtocol<void> {
    if (isHeadKnown(headBefore, this.#trail.head, this.#trail.bytes())) return;
    yield* this.#appendTruncation(headBefore, emptied(this.#path));
  }

  *#appendTruncation(from: string | null, warning: TxnidError): DiskProtocol<void> {
    this.#options.onWarning(warning);
    const changes = [{ name: 'head', from, to: this.#trail.head }];
    yield* this.#append('truncation found', { changes, reason: warning.faults[0]?.what ?? '' });
  }

  /**
   * Of the newest record that is durable for certain. One that was only read may have been left in the page
   * cache by an owner that crashed before its flush: were it lost in a power cut after an event that
   * names it, the file would look like an older copy.
   */
  #durableGeneration(): number {
    const { record } = this.#file;
    if (record !== this.#found) return record.generation;
    return this.#trail.last?.generation ?? firstGeneration;
  }
}
