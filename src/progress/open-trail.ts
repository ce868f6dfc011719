/**
 * Opening an audit trail's file and reading its end: whether it is one regular file, and what its last
 * whole line says.
 */

import { constants } from 'node:fs';
import { errorCode } from '../error-code.js';
import { failure, TxnidError } from '../errors.js';
import {
  type AuditEvent,
  auditLineBytesMax,
  chainStart,
  decodeEvent,
  endOfWhole,
  hashLine,
  newline,
} from './audit-event.js';
import { type FileSystem, realFileSystem } from './file-system.js';

/** What the end of a trail says: of the last line that is whole. */
export interface TrailEnd {
  readonly last: AuditEvent | undefined;
  /** Hash of that line, for the next one to carry. */
  readonly head: string;
  /** Bytes up to and with that line's newline. */
  readonly bytes: number;
  /** That line, newline included. */
  readonly line: Uint8Array;
  /** Bytes after it, of an append that was cut off or torn. */
  readonly tornBytes: number;
}

export const emptyTrail: TrailEnd = {
  last: undefined,
  head: chainStart,
  bytes: 0,
  line: new Uint8Array(),
  tornBytes: 0,
};

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

/** Of an open trail. Throws TxnidError. */
export function readEnd(descriptor: number, path: string, files: FileSystem): TrailEnd {
  try {
    return judgeEnd(descriptor, path, files);
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

function judgeEnd(descriptor: number, path: string, files: FileSystem): TrailEnd {
  const { size } = files.fstatSync(descriptor);
  const start = Math.max(0, size - 2 * auditLineBytesMax);
  const buffer = Buffer.alloc(size - start);
  const bytes = buffer.subarray(0, files.readSync(descriptor, buffer, 0, buffer.length, start));
  const end = endOfWhole(bytes);
  if (end === 0) {
    if (start > 0) throw cannotUse(path, 'its last line has no end');
    return { ...emptyTrail, tornBytes: bytes.length };
  }
  const line = bytes.subarray(bytes.subarray(0, end - 1).lastIndexOf(newline) + 1, end);
  const last = decodeEvent(line.subarray(0, -1));
  if (last === undefined) throw cannotUse(path, 'its last line is not an event');
  const tornBytes = bytes.length - end;
  return { last, head: hashLine(line.subarray(0, -1)), bytes: start + end, line, tornBytes };
}

function cannotUse(path: string, what: string, cause?: unknown): TxnidError {
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
