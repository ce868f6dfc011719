/**
 * The audit trail's file: read its end, append to it. Only the owner of the progress file's lock
 * appends, so lines of two processes never mix.
 *
 * A line without its newline at the end is an append that a crash cut off. It never counted, and goes
 * when the next line is written.
 */

import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { failure, type TxnidError } from '../errors.js';
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

/** What the end of a trail says: of the last line that is whole. */
interface TrailEnd {
  readonly last: AuditEvent | undefined;
  /** Hash of that line, for the next one to carry. */
  readonly head: string;
  /** Bytes up to and with that line's newline. */
  readonly bytes: number;
  /** Bytes after it, of a line that was cut off. */
  readonly tornBytes: number;
}

const emptyTrail: TrailEnd = { last: undefined, head: chainStart, bytes: 0, tornBytes: 0 };

/** An event without what the trail itself fills in. */
export type AuditEntry = Omit<AuditEvent, 'previous'>;

/** The last event of the trail at `path`; undefined where there is no trail. Writes nothing. */
export function readLastEvent(path: string): AuditEvent | undefined {
  const descriptor = openTrailToRead(path);
  if (descriptor === undefined) return undefined;
  try {
    return readEnd(descriptor, path).last;
  } finally {
    closeSync(descriptor);
  }
}

/** The descriptor of the trail at `path`; undefined where there is none. Throws TxnidError. */
export function openTrailToRead(path: string): number | undefined {
  return openTrail(path, constants.O_RDONLY);
}

export class AuditTrail {
  readonly #path: string;
  #descriptor: number | undefined;
  #end: TrailEnd;

  private constructor(path: string, descriptor: number | undefined, end: TrailEnd) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#end = end;
  }

  /** Opens the trail, which may not exist yet. The caller holds the progress file's lock. */
  static open(path: string): AuditTrail {
    const descriptor = openTrail(path, constants.O_RDWR);
    if (descriptor === undefined) return new AuditTrail(path, undefined, emptyTrail);
    try {
      return new AuditTrail(path, descriptor, readEnd(descriptor, path));
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** The last event, if there is any. */
  get last(): AuditEvent | undefined {
    return this.#end.last;
  }

  /** Hash of the last line, which is durable. */
  get head(): string {
    return this.#end.head;
  }

  /** Bytes after the last line, of one that was cut off and never counted. */
  get tornBytes(): number {
    return this.#end.tornBytes;
  }

  /** The text of all lines. */
  bytes(): Uint8Array {
    const buffer = Buffer.alloc(this.#end.bytes);
    if (this.#descriptor === undefined) return buffer;
    return buffer.subarray(0, readSync(this.#descriptor, buffer, 0, buffer.length, 0));
  }

  /**
   * Creates the file if there is none: an owner does so before it gives up the right to.
   * Throws a `save` error.
   */
  create(): void {
    if (this.#descriptor !== undefined) return;
    try {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      this.#descriptor = openSync(this.#path, flags, 0o600);
      syncDirectory(dirname(this.#path));
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
      ftruncateSync(this.#descriptor, this.#end.bytes);
      this.#write(this.#descriptor, bytes);
      fdatasyncSync(this.#descriptor);
    } catch (error) {
      throw this.#cannotSave(error);
    }
    const head = hashLine(line.slice(0, -1));
    this.#end = { last: event, head, bytes: this.#end.bytes + bytes.length, tornBytes: 0 };
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #write(descriptor: number, bytes: Buffer): void {
    const written = writeSync(descriptor, bytes, 0, bytes.length, this.#end.bytes);
    if (written === bytes.length) return;
    // A full disk took half a line: leave none of it.
    ftruncateSync(descriptor, this.#end.bytes);
    throw new Error(`only ${written} of ${bytes.length} bytes were written`);
  }

  #cannotSave(error: unknown): TxnidError {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = 'mend the disk or make room on it, then try again';
    return failure('save', `Cannot write the audit trail ${this.#path}: ${reason}`, remedy, {
      cause: error,
    });
  }
}

function openTrail(path: string, mode: number): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, mode | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannotUse(path, meaningOf(error), error);
  }
  const stat = fstatSync(descriptor);
  if (stat.isFile() && stat.nlink === 1) return descriptor;
  closeSync(descriptor);
  throw cannotUse(path, stat.isFile() ? 'it has a second hard link' : 'it is not a regular file');
}

/** The same words whichever way it was to be opened. */
function meaningOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ELOOP') return 'it is a symbolic link';
  if (code === 'EISDIR' || code === 'ENXIO') return 'it is not a regular file';
  return error instanceof Error ? error.message : String(error);
}

function readEnd(descriptor: number, path: string): TrailEnd {
  const { size } = fstatSync(descriptor);
  const start = Math.max(0, size - 2 * auditLineBytesMax);
  const buffer = Buffer.alloc(size - start);
  const bytes = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, start));
  const end = bytes.lastIndexOf('\n');
  if (end < 0) {
    if (start > 0) throw cannotUse(path, 'its last line has no end');
    return { ...emptyTrail, tornBytes: bytes.length };
  }
  const line = bytes.toString('utf8', bytes.lastIndexOf('\n', end - 1) + 1, end);
  const last = decodeEvent(line);
  if (last === undefined) throw cannotUse(path, 'its last line is not an event');
  const tornBytes = bytes.length - end - 1;
  return { last, head: hashLine(line), bytes: start + end + 1, tornBytes };
}

function cannotUse(path: string, what: string, cause?: unknown): TxnidError {
  const code = ['EACCES', 'EPERM'].includes(errorCode(cause) ?? '') ? 'privilege' : 'state';
  const remedy =
    code === 'privilege'
      ? 'run txnid as the user that owns it'
      : 'restore it from a backup, or move it away to begin a new one';
  return failure(code, `Cannot use the audit trail ${path}: ${what}`, remedy, { cause });
}
