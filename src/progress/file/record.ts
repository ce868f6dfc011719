/**
 * One record of the progress file as bytes and back. Pure.
 *
 * A slot is 4 KiB of readable text: a first line with magic, version and CRC-32 of the whole slot
 * (its own digits taken as zeros), one `name value` line a field, and spaces up to the end. The first line's layout and
 * what the CRC covers stay the same in all versions, so that a newer version's record is told from a
 * damaged one. Fields that this version does not know are ignored.
 */

import { crc32 } from 'node:zlib';

/** Bytes of a slot: one 4 KiB block, so that overwriting one slot never touches the other. */
export const slotBytes = 4096;

const formatVersion = 1;

/** Generation of the first record of a file. */
export const firstGeneration = 1;

/** The process that wrote a record. */
export interface Owner {
  /** Name and machine id of the host; `machine` is empty where the host has none. */
  readonly host: string;
  readonly machine: string;
  /** Boot id of the kernel: the same id means that flock spoke for both processes. */
  readonly boot: string;
  readonly pid: number;
  /** Start time in clock ticks after boot, which tells a process from a later one with its pid. */
  readonly start: string;
  /** Random, one a process: tells two owners apart when all else is the same. */
  readonly nonce: string;
  /** A daemon, which a signal asks to stop; undefined: a command, a program that embeds the sequence, or an older version. */
  readonly role?: 'service' | undefined;
}

/** A value of a saved parameter; 64-bit numbers are decimal strings. */
export type ParameterValue = boolean | number | string | readonly string[];
export type Parameters = Readonly<Record<string, ParameterValue>>;

export interface ProgressRecord {
  /** Counts the writes of this file, up by one with each. */
  readonly generation: number;
  /** With `clean`, the exact next number; else the next number when the record was written. */
  readonly next: bigint;
  /** Every number handed out so far, also under this record, is below it. */
  readonly reserved: bigint;
  /** The highest `reserved` that the record after this one may have. */
  readonly ceiling: bigint;
  /** True while no number at or above `next` has been handed out. */
  readonly clean: boolean;
  /** When the owner started, ISO 8601. */
  readonly since: string;
  readonly owner: Owner;
  readonly parameters: Parameters;
  /** Name of the sequence; undefined where it is the instance's own. */
  readonly sequence?: string | undefined;
  /**
   * Inode number of the file it was written to, decimal: a copy is another file, which the owner of the
   * first may not have. Undefined in an older version's record.
   */
  readonly file?: string | undefined;
  /**
   * Head of the audit trail when the record was written: the hash of its last line, which was durable
   * already. Undefined where it is not known: a new file, or an older version's record.
   */
  readonly trailHead?: string | undefined;
  /**
   * Hash of a last line of the trail that does not count, although it may be there: it tells of what was
   * undone because the line could not be made durable.
   */
  readonly undone?: string | undefined;
}

/** What a slot holds: a record, or why there is none. */
export type Slot =
  | { readonly kind: 'record'; readonly record: ProgressRecord }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'unknown version'; readonly version: string };

const firstLine = /^txnid-progress (\d{1,9}) crc32 ([0-9a-f]{8})\n/;
const parameterPrefix = 'parameter.';
const trailHeadField = 'trail.head';
const undoneField = 'trail.undone';
const lineHash = /^[0-9a-f]{64}$/;
const fileField = 'file';
const sequenceField = 'sequence';
const roleField = 'owner.role';
/** Whose it is, is judged by who opens it: a name that cannot be one is somebody else's. */
const anyText = /^/;
const space = 0x20;
const inodeNumber = /^\d{1,20}$/;
const ownerFields = ['host', 'machine', 'boot', 'start', 'nonce'] as const;

/** The record as a slot's 4096 bytes. Throws RangeError if it does not fit: settings bound it. */
export function encodeRecord(record: ProgressRecord): Buffer {
  const body = Buffer.from(bodyText(record));
  const version = String(formatVersion);
  const head = headLine(version, 0);
  const room = slotBytes - head.length - body.length - 1;
  if (room < 0) throw new RangeError(`a progress record is ${-room} bytes too long for its slot`);
  const rest = Buffer.concat([body, Buffer.alloc(room, ' '), Buffer.from('\n')]);
  return Buffer.concat([headLine(version, checksum(version, rest)), rest]);
}

function headLine(version: string, crc: number): Buffer {
  return Buffer.from(`txnid-progress ${version} crc32 ${crc.toString(16).padStart(8, '0')}\n`);
}

/** Over the version too: a byte that changed there is damage, not another version. */
function checksum(version: string, rest: Uint8Array): number {
  return crc32(rest, crc32(headLine(version, 0)));
}

function bodyText(record: ProgressRecord): string {
  const { owner, parameters, trailHead, file, undone, sequence } = record;
  const fields: [string, string][] = [
    ['generation', String(record.generation)],
    ['next', String(record.next)],
    ['reserved', String(record.reserved)],
    ['ceiling', String(record.ceiling)],
    ['clean', record.clean ? 'yes' : 'no'],
    ['since', record.since],
    ['owner.pid', String(owner.pid)],
    ...ownerFields.map((name): [string, string] => [`owner.${name}`, JSON.stringify(owner[name])]),
    ...field(roleField, owner.role),
    ...field(sequenceField, sequence),
    ...field(fileField, file),
    ...field(trailHeadField, trailHead),
    ...field(undoneField, undone),
    ...Object.entries(parameters).map(([name, value]): [string, string] => [
      parameterPrefix + name,
      JSON.stringify(value),
    ]),
  ];
  return fields.map(([name, value]) => `${name} ${value}\n`).join('');
}

function field(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

/** What the 4096 bytes of a slot hold. Never throws: what does not check out is damaged. */
export function decodeSlot(slot: Uint8Array): Slot {
  const text = Buffer.from(slot.buffer, slot.byteOffset, slot.byteLength);
  const head = firstLine.exec(text.toString('latin1', 0, 64));
  if (head === null || text.length !== slotBytes) return { kind: 'damaged' };
  const [line, version = '', crc = ''] = head;
  const body = text.subarray(line.length);
  if (checksum(version, body) !== Number.parseInt(crc, 16)) return { kind: 'damaged' };
  if (version !== String(formatVersion)) return { kind: 'unknown version', version };
  const record = decodeBody(body.toString('utf8', 0, endOfText(body)));
  return record === undefined ? { kind: 'damaged' } : { kind: 'record', record };
}

/** In front of the spaces that fill a slot, which are most of it. */
function endOfText(body: Uint8Array): number {
  let end = body.length - 1;
  while (end > 0 && body[end - 1] === space) end--;
  return end;
}

function decodeBody(text: string): ProgressRecord | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) fields.set(line.slice(0, space), line.slice(space + 1));
  }
  try {
    const record = recordOf(fields);
    return isConsistent(record) ? record : undefined;
  } catch {
    // A record whose checksum holds and whose fields do not parse was written by something else.
    return undefined;
  }
}

function recordOf(fields: ReadonlyMap<string, string>): ProgressRecord {
  const text = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new SyntaxError(`no field ${name}`);
    return value;
  };
  const quoted = (name: string): string => String(JSON.parse(text(name)));
  return {
    generation: Number(text('generation')),
    next: BigInt(text('next')),
    reserved: BigInt(text('reserved')),
    ceiling: BigInt(text('ceiling')),
    clean: text('clean') === 'yes',
    since: text('since'),
    owner: {
      host: quoted('owner.host'),
      machine: quoted('owner.machine'),
      boot: quoted('owner.boot'),
      pid: Number(text('owner.pid')),
      start: quoted('owner.start'),
      nonce: quoted('owner.nonce'),
      ...(fields.get(roleField) === 'service' ? { role: 'service' as const } : {}),
    },
    parameters: decodeParameters(fields),
    ...optional(fields, sequenceField, anyText, 'sequence'),
    ...optional(fields, fileField, inodeNumber, 'file'),
    ...optional(fields, trailHeadField, lineHash, 'trailHead'),
    ...optional(fields, undoneField, lineHash, 'undone'),
  };
}

/** A field that older versions do not write; one that is not what it should be counts as absent. */
function optional<Key extends 'sequence' | 'file' | 'trailHead' | 'undone'>(
  fields: ReadonlyMap<string, string>,
  name: string,
  shape: RegExp,
  key: Key,
): Pick<ProgressRecord, Key> {
  const value = fields.get(name);
  const found = value !== undefined && shape.test(value) ? { [key]: value } : {};
  return found as Pick<ProgressRecord, Key>;
}

function decodeParameters(fields: ReadonlyMap<string, string>): Parameters {
  const entries = [...fields]
    .filter(([name]) => name.startsWith(parameterPrefix))
    .map(([name, value]) => [name.slice(parameterPrefix.length), JSON.parse(value)]);
  return Object.fromEntries(entries);
}

function isConsistent(record: ProgressRecord): boolean {
  return (
    Number.isSafeInteger(record.generation) &&
    record.generation > 0 &&
    record.next >= 0n &&
    record.reserved >= 0n &&
    record.reserved <= record.ceiling
  );
}
