/**
 * The requests of the session port, read from bytes as they arrive (config/protocol.md). Pure, and as good as without
 * allocation.
 *
 * Any split of a stream gives the same requests: all that a chunk leaves over is the request whose STX has not come
 * yet. What no further byte could make a request is a violation at once.
 */

import { isSequenceName, nameLengthMax } from '../../sequence/name.js';
import { groupEntries, type RequestList } from './request-list.js';

/** Begins the name of a sequence, in front of a request. */
const startOfHeading = 0x01;
/** Asks for the next number; behind a count, for a range. */
const startOfText = 0x02;
/** Ends every reply that holds a number. */
export const endOfText = 0x03;
/** Is answered by itself. */
export const bell = 0x07;
/** Between a name and a count. */
const space = 0x20;

/** Most bytes of a session that are read at once: it bounds the reply, and so what a slow client holds. */
export const chunkBytesMax = 8192;

/** Entries of a list for all that a chunk can ask for: one of one byte, or one with a group of its own of more. */
export const entriesPerChunk = chunkBytesMax + groupEntries;

const zero = 0x30;
const violation = -1;

/** The place of a sequence that is not served. */
const unserved = -1;

/** A request whose end has not come. */
export class UnfinishedRequest {
  /** The name as far as it has come; undefined outside of one. */
  name: string | undefined;
  /** The place of the sequence that was named; undefined where none was. */
  place: number | undefined;
  /** 0 is none. */
  count = 0;
}

export interface RequestRules {
  /** The largest count of a range. */
  readonly countMax: number;
  /** The places of the sequences that are served. */
  readonly places: ReadonlyMap<string, number>;
}

/**
 * Reads the first `end` bytes (at most `chunkBytesMax`) of a chunk into `requests`, which holds nothing else then.
 * `unfinished`: of the session, from its last chunk to its next one.
 */
export function decodeRequests(
  bytes: Buffer,
  end: number,
  unfinished: UnfinishedRequest,
  rules: RequestRules,
  requests: RequestList,
): void {
  requests.clear();
  const { countMax } = rules;
  let { count } = unfinished;
  for (let offset = 0; offset < end; ) {
    const byte = bytes[offset] ?? 0;
    const isPlain = unfinished.place === undefined && unfinished.name === undefined;
    if (isPlain && byte === startOfText && count === 0) {
      const runEnd = endOfRun(bytes, offset, end);
      requests.select(0);
      requests.addRun(runEnd - offset);
      offset = runEnd;
      continue;
    }
    if (unfinished.name !== undefined || (isPlain && byte === startOfHeading && count === 0)) {
      offset = readName(bytes, offset, end, unfinished, rules, requests);
      if (offset < 0) {
        requests.isViolated = true;
        return;
      }
      continue;
    }
    if (byte === startOfText && count !== 0) {
      addRange(requests, unfinished.place ?? 0, count);
      unfinished.place = undefined;
      count = 0;
    } else if (isPlain && byte === bell && count === 0) {
      requests.addBell();
    } else {
      count = countWith(count, byte, countMax);
    }
    if (count === violation) {
      requests.isViolated = true;
      return;
    }
    offset++;
  }
  unfinished.count = count;
}

/**
 * Reads a name, or more of one, and what ends it: the request for a number of it, or the space in front of a count. The
 * offset behind that, or `violation`.
 */
function readName(
  bytes: Buffer,
  offset: number,
  end: number,
  unfinished: UnfinishedRequest,
  { places }: RequestRules,
  requests: RequestList,
): number {
  const before = unfinished.name ?? '';
  const start = unfinished.name === undefined ? offset + 1 : offset;
  const most = Math.min(end, start + nameLengthMax + 1 - before.length);
  let stop = start;
  while (stop < most && (bytes[stop] ?? 0) > space) stop++;
  const name = before + bytes.toString('latin1', start, stop);
  if (stop === end && name.length <= nameLengthMax) {
    unfinished.name = name;
    // What can be no beginning of a name becomes none.
    return name === '' || isSequenceName(name) ? end : violation;
  }
  const terminator = bytes[stop] ?? 0;
  if (terminator !== startOfText && terminator !== space) return violation;
  const place = places.get(name) ?? (isSequenceName(name) ? unserved : undefined);
  if (place === undefined) return violation;
  unfinished.name = undefined;
  if (terminator === space) unfinished.place = place;
  else addNumber(requests, place);
  return stop + 1;
}

function addNumber(requests: RequestList, place: number): void {
  if (place === unserved) {
    requests.addUnserved();
    return;
  }
  requests.select(place);
  requests.addNumber();
}

function addRange(requests: RequestList, place: number, count: number): void {
  if (place === unserved) {
    requests.addUnserved();
    return;
  }
  requests.select(place);
  requests.addRange(count);
}

/** The offset of the first byte from `offset` on that is no STX, at most `end`. */
function endOfRun(bytes: Uint8Array, offset: number, end: number): number {
  let runEnd = offset + 1;
  while (runEnd < end && bytes[runEnd] === startOfText) runEnd++;
  return runEnd;
}

/** A count with one more digit, or `violation`. A leading zero leaves 0, which no count is. */
function countWith(count: number, byte: number, countMax: number): number {
  const digit = byte - zero;
  if (digit < 0 || digit > 9) return violation;
  const longer = count * 10 + digit;
  return longer === 0 || longer > countMax ? violation : longer;
}
