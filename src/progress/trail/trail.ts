/**
 * The audit trail as its owner has it: what its last line is, and appending to it. Only the owner of the progress file's lock
 * appends, so lines of two processes never mix.
 *
 * A last line without its newline, or with zeros in it, is an append that a crash cut off or a power cut
 * tore: sectors that never reached the medium read as zeros. It never counted, and goes when the next
 * line is written.
 */

import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { failure, type TxnidError } from '../../errors.js';
import { remedyFor } from '../../system-error.js';
import { DescriptorDisk, type Disk, type DiskProtocol, runSync, steps } from '../file/disk.js';
import { type FileSystem, syncDirectory } from '../file/file-system.js';
import { type AuditEvent, auditLineBytesMax, encodeEvent, hashLine } from './event.js';
import { emptyTrail, openTrail, readEnd, readStart, type TrailEnd } from './open-trail.js';

/** An event without what the trail itself fills in. */
export type AuditEntry = Omit<AuditEvent, 'previous'>;

export class AuditTrail {
  readonly #path: string;
  readonly #files: FileSystem;
  #descriptor: number | undefined;
  #end: TrailEnd;
  /** Whether the file is on the disk as we know it, with nothing behind the last line. */
  #isSettled = false;
  /** Bytes of the file as we left it; undefined after a write that failed. */
  #size: number | undefined;
  #undone: string | undefined;

  private constructor(
    path: string,
    files: FileSystem,
    descriptor: number | undefined,
    end: TrailEnd,
    undone: string | undefined,
  ) {
    this.#path = path;
    this.#files = files;
    this.#descriptor = descriptor;
    this.#end = end;
    this.#size = end.bytes + end.tornBytes;
    this.#undone = undone;
  }

  /**
   * Opens the trail, which may not exist yet. The caller holds the progress file's lock. `undone`: the
   * hash of a last line that does not count, as the progress file has it.
   */
  static open(path: string, files: FileSystem, undone?: string): AuditTrail {
    const descriptor = openTrail(path, constants.O_RDWR, files);
    if (descriptor === undefined) return new AuditTrail(path, files, undefined, emptyTrail, undone);
    try {
      const end = readEnd(descriptor, path, files, undone);
      return new AuditTrail(path, files, descriptor, end, undone);
    } catch (error) {
      files.closeSync(descriptor);
      throw error;
    }
  }

  /** Takes up the file that `rest` gave: it has been open all the while. Throws as `open` does. */
  static resume(descriptor: number, path: string, files: FileSystem, undone?: string): AuditTrail {
    const end = readEnd(descriptor, path, files, undone);
    return new AuditTrail(path, files, descriptor, end, undone);
  }

  /** Lets go of all but the open file, which is there: see `create`. */
  rest(): number {
    if (this.#descriptor === undefined) throw new Error('the audit trail was not opened');
    return this.#descriptor;
  }

  /** The last event, if there is any. */
  get last(): AuditEvent | undefined {
    return this.#end.last;
  }

  /** The last events: see TrailEnd. */
  get recent(): readonly AuditEvent[] {
    return this.#end.recent;
  }

  /**
   * Hash of a line that does not count, of an event that could not be made durable: a power cut can bring
   * it back for as long as nothing was flushed in its place.
   */
  get undone(): string | undefined {
    return this.#undone;
  }

  /** Hash of the last line. */
  get head(): string {
    return this.#end.head;
  }

  /** Hash of the last line, once that is on the disk for certain and not only in the page cache. */
  get durableHead(): string | undefined {
    return this.#isSettled ? this.#end.head : undefined;
  }

  /** Bytes after the last line, of one that was cut off and never counted. */
  get tornBytes(): number {
    return this.#end.undone === undefined ? this.#end.tornBytes : 0;
  }

  /** The text of all lines. */
  bytes(): Uint8Array {
    if (this.#descriptor === undefined) return new Uint8Array();
    return readStart(this.#descriptor, this.#path, this.#end.bytes, this.#files);
  }

  /**
   * Takes the trail up as it is now, where somebody else has cut or written it since: an append to where it
   * ended would leave a hole. Its head as it was before then, else undefined. Throws `save` or `state`.
   */
  refresh(): string | undefined {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return undefined;
    try {
      if (this.#isAsLeft(descriptor)) return undefined;
    } catch (error) {
      throw this.#cannotSave(error);
    }
    const { head } = this.#end;
    this.#end = readEnd(descriptor, this.#path, this.#files, this.#undone);
    this.#size = this.#end.bytes + this.#end.tornBytes;
    this.#isSettled = false;
    return head;
  }

  #isAsLeft(descriptor: number): boolean {
    const { line, bytes } = this.#end;
    const { size } = this.#files.fstatSync(descriptor);
    if (size < bytes || (this.#size !== undefined && size !== this.#size)) return false;
    const now = Buffer.alloc(line.length);
    const position = bytes - line.length;
    return this.#files.readSync(descriptor, now, 0, now.length, position) === line.length
      ? now.equals(line)
      : false;
  }

  /**
   * Creates the file if there is none: an owner does so before it gives up the right to.
   * Throws a `save` error.
   */
  create(): void {
    if (this.#descriptor !== undefined) return;
    try {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      this.#descriptor = this.#files.openSync(this.#path, flags, 0o600);
      syncDirectory(dirname(this.#path), this.#files);
      this.#isSettled = true;
    } catch (error) {
      throw this.#cannotSave(error);
    }
  }

  /** What `append` is run on. */
  get disk(): Disk {
    return new DescriptorDisk(this.#files, this.#opened());
  }

  #opened(): number {
    if (this.#descriptor === undefined) throw new Error('the audit trail was not opened');
    return this.#descriptor;
  }

  /** Appends an event and flushes it, blocking. Throws a `save` error, with the trail as it was, or the line `undone`. */
  append(entry: AuditEntry): void {
    this.create();
    runSync(this.disk, this.appending(entry));
  }

  /** The same as steps to be run on `disk`, once there is a file. */
  *appending(entry: AuditEntry): DiskProtocol<void> {
    const descriptor = this.#opened();
    const event: AuditEvent = { ...entry, previous: this.#end.head };
    const line = encodeEvent(event);
    const bytes = Buffer.from(line);
    if (bytes.length > auditLineBytesMax) {
      // The next start could not read it back, and would refuse the trail.
      throw this.#cannotSave(new RangeError(`an event of ${bytes.length} bytes is too long`));
    }
    const head = hashLine(bytes.subarray(0, -1));
    try {
      if (!this.#isSettled) yield* this.#settle(descriptor);
      this.#isSettled = false;
      yield* this.#write(bytes, this.#end.bytes);
    } catch (error) {
      this.#undo(descriptor, head);
      throw this.#cannotSave(error);
    }
    this.#isSettled = true;
    this.#undone = undefined;
    const recent = [...this.#end.recent, event];
    const end = this.#end.bytes + bytes.length;
    this.#end = { ...emptyTrail, last: event, recent, head, bytes: end, line: bytes };
    this.#size = end;
  }

  /** Takes back a line that may or may not have got to the disk. */
  #undo(descriptor: number, head: string): void {
    this.#isSettled = false;
    this.#size = undefined;
    this.#undone = head;
    try {
      this.#files.ftruncateSync(descriptor, this.#end.bytes);
    } catch {
      // Then it is there to be seen, and told by its hash.
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) this.#files.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /**
   * Makes the trail durable as it was read, before anything goes behind it. Its last line may exist only in
   * the page cache, of an owner that crashed before its flush or whose flush failed; and what is left
   * on the disk of a torn append could mix with the next one.
   */
  *#settle(descriptor: number): DiskProtocol<void> {
    const { line, bytes } = this.#end;
    // It blocks, and is left out where nothing is to go: as a rule.
    if (this.#files.fstatSync(descriptor).size !== bytes)
      this.#files.ftruncateSync(descriptor, bytes);
    yield* this.#write(line, bytes - line.length);
  }

  /** A full disk may take half a line: who appends leaves none of it. */
  *#write(bytes: Uint8Array, position: number): DiskProtocol<void> {
    yield* steps.write(position, bytes);
    yield* steps.flush();
  }

  #cannotSave(error: unknown): TxnidError {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = remedyFor(error, 'mend the disk or make room on it, then try again');
    return failure('save', `Cannot write the audit trail ${this.#path}: ${reason}`, remedy, {
      cause: error,
    });
  }
}
