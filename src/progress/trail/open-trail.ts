/**
 * Opening an audit trail's file and reading its end: whether it is one regular file, and what its last
 * whole line says.
 */

import { constants } from 'node:fs';
import { errorCode } from '../../error-code.js';
import { failure, TxnidError } from '../../errors.js';
import { type FileSystem, realFileSystem } from '../file/file-system.js';
import {
  type AuditEvent,
  auditLineBytesMax,
  chainStart,
  decodeEvent,
  hashLine,
  lastWholeLine,
  linesOf,
  newline,
} from './event.js';

/** What the end of a trail says: of the last line that is whole, and counts. */
export interface TrailEnd {
  readonly last: AuditEvent | undefined;
  /** The last events there are, that one included: of as much of the trail's end as is read. */
  readonly recent: readonly AuditEvent[];
  /** Hash of that line, for the next one to carry. */
  readonly head: string;
  /** Bytes up to and with that line's newline. */
  readonly bytes: number;
  /** That line, newline included. */
  readonly line: Uint8Array;
  /** Bytes after it, of an append that was cut off, torn or undone. */
  readonly tornBytes: number;
  /** Hash of a line after it that was undone. */
  readonly undone: string | undefined;
}

export const emptyTrail: TrailEnd = {
  last: undefined,
  recent: [],
  head: chainStart,
  bytes: 0,
  line: new Uint8Array(),
  tornBytes: 0,
  undone: undefined,
};

/**
 * The end of the trail at `path`, an empty one where there is none. Writes nothing. `undone`: the hash of
 * a last line that does not count; see ProgressRecord.
 */
export function readTrailEnd(path: string, files: FileSystem, undone?: string): TrailEnd {
  const descriptor = openTrail(path, constants.O_RDONLY, files);
  if (descriptor === undefined) return emptyTrail;
  try {
    return readEnd(descriptor, path, files, undone);
  } finally {
    files.closeSync(descriptor);
  }
}

/** The descriptor of the trail at `path`; undefined where there is none. Throws TxnidError. */
export function openTrailToRead(path: string): number | undefined {
  return openTrail(path, constants.O_RDONLY, realFileSystem);
}

/** The descriptor of the trail; undefined where there is none. Throws TxnidError. */
export function openTrail(path: string, mode: number, files: FileSystem): number | undefined {
  let descriptor: number;
  try {
    descriptor = files.openSync(path, mode | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannotUse(path, meaningOf(error), error);
  }
  const flaw = flawOf(descriptor, path, files);
  if (flaw === undefined) return descriptor;
  files.closeSync(descriptor);
  throw flaw;
}

/** What keeps an open file from being a trail, as what to throw. */
function flawOf(descriptor: number, path: string, files: FileSystem): unknown {
  try {
    const stat = files.fstatSync(descriptor);
    if (!stat.isFile()) return cannotUse(path, 'it is not a regular file');
    return stat.nlink === 1 ? undefined : cannotUse(path, 'it has a second hard link');
  } catch (error) {
    return told(path, error);
  }
}

/** The same words whichever way it was to be opened. */
function meaningOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ELOOP') return 'it is a symbolic link';
  if (code === 'EISDIR' || code === 'ENXIO') return 'it is not a regular file';
  return error instanceof Error ? error.message : String(error);
}

/** Of an open trail; `undone`: see `readTrailEnd`. Throws TxnidError. */
export function readEnd(
  descriptor: number,
  path: string,
  files: FileSystem,
  undone?: string,
): TrailEnd {
  try {
    return judgeEnd(descriptor, path, files, undone);
  } catch (error) {
    throw told(path, error);
  }
}

/** The first bytes of an open trail. Throws TxnidError. */
export function readStart(
  descriptor: number,
  path: string,
  length: number,
  files: FileSystem,
): Uint8Array {
  const buffer = Buffer.alloc(length);
  try {
    return buffer.subarray(0, files.readSync(descriptor, buffer, 0, length, 0));
  } catch (error) {
    throw told(path, error);
  }
}

/** A system's error as one for an operator; any other error as it is. */
function told(path: string, error: unknown): unknown {
  if (error instanceof TxnidError || errorCode(error) === undefined) return error;
  return cannotUse(path, meaningOf(error), error);
}

/** As much of the trail's end as is read at first: dozens of lines as they mostly are. */
const windowBytes = 32 * 1024;

/** In so much of it there is at least one line that is whole, if none is torn. */
const wholeBytes = 2 * auditLineBytesMax;

function judgeEnd(
  descriptor: number,
  path: string,
  files: FileSystem,
  undone: string | undefined,
): TrailEnd {
  const { size } = files.fstatSync(descriptor);
  for (let length = windowBytes; ; length *= 2) {
    const start = Math.max(0, size - length);
    const buffer = Buffer.alloc(size - start);
    const bytes = buffer.subarray(0, files.readSync(descriptor, buffer, 0, buffer.length, start));
    const place = lastWholeLine(bytes);
    // A line that begins in front of these bytes may be whole in more of them.
    const isCut = place?.start === 0 && start > 0 && length < wholeBytes;
    const end = isCut ? undefined : endIn(bytes, start, undone);
    if (end !== undefined) {
      if (end.last !== undefined || end.bytes === 0) return end;
      throw cannotUse(path, 'its last line is not an event');
    }
    if (start === 0) return { ...emptyTrail, tornBytes: bytes.length };
    // Behind a hole, or what a power cut tore, the last line may lie far back.
    if (length >= wholeBytes && !bytes.includes(0))
      throw cannotUse(path, 'its last line has no end');
  }
}

/** The end that a trail's last bytes show; undefined where none of their lines is whole. */
function endIn(bytes: Uint8Array, start: number, undone: string | undefined): TrailEnd | undefined {
  const place = lastWholeLine(bytes);
  if (place === undefined) return undefined;
  const line = bytes.subarray(place.start, place.end);
  // Who only looks whether a sequence may be served has no use for it.
  let hash: string | undefined;
  const headOf = (): string => {
    hash ??= hashLine(line.subarray(0, -1));
    return hash;
  };
  if (undone !== undefined && headOf() === undone) {
    const before = endIn(bytes.subarray(0, place.start), start, undefined);
    if (before === undefined && start > 0) return undefined;
    const { tornBytes, ...end } = before ?? { ...emptyTrail, tornBytes: place.start };
    return { ...end, tornBytes: tornBytes + bytes.length - place.start, undone };
  }
  const recent = eventsIn(bytes.subarray(0, place.start), start > 0);
  const last = decodeEvent(line.subarray(0, -1));
  return {
    last,
    recent: last === undefined ? recent : [...recent, last],
    get head() {
      return headOf();
    },
    bytes: start + place.end,
    line,
    tornBytes: bytes.length - place.end,
    undone: undefined,
  };
}

/** `isCut`: the first line may have begun before these bytes. What is no event is left out. */
function eventsIn(bytes: Uint8Array, isCut: boolean): AuditEvent[] {
  const lines = linesOf(isCut ? bytes.subarray(bytes.indexOf(newline) + 1) : bytes);
  return [...lines].flatMap(({ text }) => decodeEvent(text) ?? []);
}

/** The error for a trail that cannot be used. */
export function cannotUse(path: string, what: string, cause?: unknown): TxnidError {
  const [code, remedy] = refusalOf(errorCode(cause));
  return failure(code, `Cannot use the audit trail ${path}: ${what}`, remedy, { cause });
}

function refusalOf(systemCode: string | undefined): ['save' | 'privilege' | 'state', string] {
  switch (systemCode) {
    case 'EIO':
      return ['save', 'mend the disk, then start again'];
    case 'EACCES':
    case 'EPERM':
      return ['privilege', 'run txnid as the user that owns it'];
    default:
      return ['state', 'restore it from a backup, or move it away to begin a new one'];
  }
}
