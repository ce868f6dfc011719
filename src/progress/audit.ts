/**
 * The audit trail's file: read its end, append to it. Only the owner of the progress file's lock
 * appends, so lines of two processes never mix.
 *
 * A last line without its newline, or with zeros in it, is an append that a crash cut off or a power cut
 * tore: sectors that never reached the medium read as zeros. It never counted, and goes when the next
 * line is written.
 */

import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { failure, TxnidError } from '../errors.js';
import {
  type AuditEvent,
  auditLineBytesMax,
  chainStart,
  decodeEvent,
  encodeEvent,
  hashLine,
} from './audit-event.js';
import { syncDirectory } from './directory.js';
import { errorCode } from './error-code.js';
import { type FileSystem, realFileSystem } from './file-system.js';

/** What the end of a trail says: of the last line that is whole. */
interface TrailEnd {
  readonly last: AuditEvent | undefined;
  /** Hash of that line, for the next one to carry. */
  readonly head: string;
  /** Bytes up to and with that line's newline. */
  readonly bytes: number;
  /** That line, newline included. */
  readonly line: Buffer;
}

const emptyTrail: TrailEnd = { last: undefined, head: chainStart, bytes: 0, line: Buffer.alloc(0) };

/** An event without what the trail itself fills in. */
export type AuditEntry = Omit<AuditEvent, 'previous'>;

/** The last event of the trail at `path`; undefined where there is no trail. Writes nothing. */
export function readLastEvent(
  path: string,
  files: FileSystem = realFileSystem,
): AuditEvent | undefined {
  const descriptor = openTrail(path, constants.O_RDONLY, files);
  if (descriptor === undefined) return undefined;
  try {
    return readEnd(descriptor, path, files).last;
  } finally {
    files.closeSync(descriptor);
  }
}

/** The descriptor of the trail at `path`; undefined where there is none. Throws TxnidError. */
export function openTrailToRead(path: string): number | undefined {
  return openTrail(path, constants.O_RDONLY, realFileSystem);
}

export class AuditTrail {
  readonly #path: string;
  readonly #files: FileSystem;
  #descriptor: number | undefined;
  #end: TrailEnd;
  /** Whether the file is on the disk as we know it, with nothing behind the last line. */
  #isSettled = false;

  private constructor(
    path: string,
    files: FileSystem,
    descriptor: number | undefined,
    end: TrailEnd,
  ) {
    this.#path = path;
    this.#files = files;
    this.#descriptor = descriptor;
    this.#end = end;
  }

  /** Opens the trail, which may not exist yet. The caller holds the progress file's lock. */
  static open(path: string, files: FileSystem = realFileSystem): AuditTrail {
    const descriptor = openTrail(path, constants.O_RDWR, files);
    if (descriptor === undefined) return new AuditTrail(path, files, undefined, emptyTrail);
    try {
      return new AuditTrail(path, files, descriptor, readEnd(descriptor, path, files));
    } catch (error) {
      files.closeSync(descriptor);
      throw error;
    }
  }

  /** The last event, if there is any. */
  get last(): AuditEvent | undefined {
    return this.#end.last;
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

  /** Appends an event and flushes it. Throws a `save` error, with the trail as it was. */
  append(entry: AuditEntry): void {
    this.create();
    if (this.#descriptor === undefined) throw new Error('the audit trail was not opened');
    const event: AuditEvent = { ...entry, previous: this.#end.head };
    const line = encodeEvent(event);
    const bytes = Buffer.from(line);
    if (bytes.length > auditLineBytesMax) {
      // The next start could not read it back, and would refuse the trail.
      throw this.#cannotSave(new RangeError(`an event of ${bytes.length} bytes is too long`));
    }
    try {
      if (!this.#isSettled) this.#settle(this.#descriptor);
      this.#isSettled = false;
      this.#write(this.#descriptor, bytes, this.#end.bytes);
      this.#isSettled = true;
    } catch (error) {
      throw this.#cannotSave(error);
    }
    const head = hashLine(line.slice(0, -1));
    this.#end = { last: event, head, bytes: this.#end.bytes + bytes.length, line: bytes };
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
  #settle(descriptor: number): void {
    const { line, bytes } = this.#end;
    this.#files.ftruncateSync(descriptor, bytes);
    this.#write(descriptor, line, bytes - line.length);
  }

  #write(descriptor: number, bytes: Buffer, position: number): void {
    const written = this.#files.writeSync(descriptor, bytes, 0, bytes.length, position);
    if (written !== bytes.length) {
      // A full disk took half a line: leave none of it.
      this.#files.ftruncateSync(descriptor, this.#end.bytes);
      throw new Error(`only ${written} of ${bytes.length} bytes were written`);
    }
    this.#files.fdatasyncSync(descriptor);
  }

  #cannotSave(error: unknown): TxnidError {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = 'mend the disk or make room on it, then try again';
    return failure('save', `Cannot write the audit trail ${this.#path}: ${reason}`, remedy, {
      cause: error,
    });
  }
}

function openTrail(path: string, mode: number, files: FileSystem): number | undefined {
  let descriptor: number;
  try {
    descriptor = files.openSync(path, mode | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannotUse(path, error instanceof Error ? error.message : String(error), error);
  }
  const flaw = flawOf(descriptor, path, files);
  if (flaw === undefined) return descriptor;
  files.closeSync(descriptor);
  throw flaw;
}

/** What keeps an open file from being a trail. */
function flawOf(descriptor: number, path: string, files: FileSystem): TxnidError | undefined {
  try {
    const stat = files.fstatSync(descriptor);
    if (!stat.isFile()) return cannotUse(path, 'it is not a regular file');
    return stat.nlink === 1 ? undefined : cannotUse(path, 'it has a second hard link');
  } catch (error) {
    return cannotUse(path, error instanceof Error ? error.message : String(error), error);
  }
}

function readEnd(descriptor: number, path: string, files: FileSystem): TrailEnd {
  try {
    return judgeEnd(descriptor, path, files);
  } catch (error) {
    if (error instanceof TxnidError) throw error;
    throw cannotUse(path, error instanceof Error ? error.message : String(error), error);
  }
}

function judgeEnd(descriptor: number, path: string, files: FileSystem): TrailEnd {
  const { size } = files.fstatSync(descriptor);
  const start = Math.max(0, size - 2 * auditLineBytesMax);
  const buffer = Buffer.alloc(size - start);
  const bytes = buffer.subarray(0, files.readSync(descriptor, buffer, 0, buffer.length, start));
  const end = endOfWhole(bytes);
  if (end < 0) {
    if (start > 0) throw cannotUse(path, 'its last line has no end');
    return emptyTrail;
  }
  const line = bytes.subarray(startOfLine(bytes, end), end + 1);
  const text = line.toString('utf8', 0, line.length - 1);
  const last = decodeEvent(text);
  if (last === undefined) throw cannotUse(path, 'its last line is not an event');
  return { last, head: hashLine(text), bytes: start + end + 1, line };
}

/** Where the last line that is not torn ends; negative where there is none. */
function endOfWhole(bytes: Buffer): number {
  const end = bytes.lastIndexOf('\n');
  if (end < 0) return end;
  const start = startOfLine(bytes, end);
  return bytes.subarray(start, end).includes(0) ? start - 1 : end;
}

function startOfLine(bytes: Buffer, end: number): number {
  return bytes.subarray(0, end).lastIndexOf('\n') + 1;
}

function cannotUse(path: string, what: string, cause?: unknown): TxnidError {
  const code = errorCode(cause) ?? '';
  const said = `Cannot use the audit trail ${path}: ${what}`;
  if (code === 'EIO') return failure('save', said, 'mend the disk, then start again', { cause });
  return failure(
    ['EACCES', 'EPERM'].includes(code) ? 'privilege' : 'state',
    said,
    'restore it from a backup, or move it away to begin a new one',
    { cause },
  );
}
