/**
 * What is known of named sequences beside their own files: `txnid.names` in the confdir, a line for each turning point
 * of one, with its name, the generation of its record and its next number. A directory that is put back from an older
 * copy brings its own trail with it; it shows here.
 *
 * It knows no more than their trails: a record that it does not bear out is refused, and where it is lost nothing is.
 * Lines are appended, by whoever owns the sequence; the last of a name counts that is highest.
 */

import { constants, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../error-code.js';
import { failure, TxnidError } from '../../errors.js';
import { larger } from '../../sequence/order.js';
import { remedyFor } from '../../system-error.js';
import { type Choice, resumeNumber } from '../file/choice.js';
import { cannotCreate } from '../file/create.js';
import { type FileSystem, keepRegular, syncDirectory } from '../file/file-system.js';
import { cannotOpen } from '../file/open-file.js';

/** At or above all that was ever told of a sequence. */
export interface Known {
  readonly generation: number;
  readonly next: bigint;
}

/** One sequence's part of it. */
export interface SequenceLedger {
  readonly known: Known | undefined;
  /** Makes it durable that the sequence has come so far. Throws TxnidError. */
  note(known: Known): void;
  /** The same without blocking this thread. */
  noteInBackground(known: Known): Promise<void>;
}

/** From so many bytes on it is written anew at a start, with a line for each name. */
const compactBytes = 256 * 1024;

/** A write there goes to the end, also where others append. */
const atItsEnd = -1;

const entry = /^([A-Za-z0-9][A-Za-z0-9_.:-]{0,63}) (\d{1,16}) (\d{1,20})$/;

function ledgerPath(confdir: string): string {
  return join(confdir, 'txnid.names');
}

export class NamesLedger {
  readonly #path: string;
  readonly #files: FileSystem;
  readonly #known: Map<string, Known>;
  #descriptor: number | undefined;

  private constructor(path: string, files: FileSystem, known: Map<string, Known>) {
    this.#path = path;
    this.#files = files;
    this.#known = known;
  }

  /** Reads what there is. Writes nothing before something is noted. Throws TxnidError. */
  static read(confdir: string, files: FileSystem): NamesLedger {
    const path = ledgerPath(confdir);
    return new NamesLedger(path, files, knownIn(readText(path, files)));
  }

  /** Keeps it open from here on: an owner has no way to it in the jail. Throws TxnidError. */
  create(): void {
    this.#descriptor ??= openToAppend(this.#path, this.#files);
  }

  /** Writes it anew where most of it is of the past. For the owner of the instance alone. Throws TxnidError. */
  compact(): void {
    const next = `${this.#path}.new`;
    try {
      const size = this.#files.statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
      if (size <= compactBytes) return;
      const flags =
        constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW;
      const descriptor = this.#files.openSync(next, flags, 0o600);
      try {
        const lines = [...this.#known].map(([name, known]) => lineOf(name, known)).join('');
        const bytes = Buffer.from(lines);
        refuseShort(this.#files.writeSync(descriptor, bytes, 0, bytes.length, 0), bytes);
        this.#files.fsyncSync(descriptor);
      } finally {
        this.#files.closeSync(descriptor);
      }
      renameSync(next, this.#path);
      syncDirectory(dirname(this.#path), this.#files);
    } catch (error) {
      throw cannotCreate(this.#path, error);
    }
  }

  of(name: string): SequenceLedger {
    const known = () => this.#known.get(name);
    return {
      get known() {
        return known();
      },
      note: (now) => {
        const bytes = this.#take(name, now);
        try {
          this.#withFile((descriptor) => {
            refuseShort(this.#files.writeSync(descriptor, bytes, 0, bytes.length, atItsEnd), bytes);
            this.#files.fdatasyncSync(descriptor);
          });
        } catch (error) {
          throw cannotWrite(this.#path, error);
        }
      },
      noteInBackground: async (now) => {
        const bytes = this.#take(name, now);
        const write = async (descriptor: number): Promise<void> => {
          const { length } = bytes;
          refuseShort(await this.#files.write(descriptor, bytes, 0, length, atItsEnd), bytes);
          await this.#files.fdatasync(descriptor);
        };
        try {
          await this.#withFile(write);
        } catch (error) {
          throw cannotWrite(this.#path, error);
        }
      },
    };
  }

  /** The one that is kept open, or one for this alone. */
  #withFile<Result>(act: (descriptor: number) => Result): Result {
    if (this.#descriptor !== undefined) return act(this.#descriptor);
    const descriptor = openToAppend(this.#path, this.#files);
    const close = () => this.#files.closeSync(descriptor);
    let result: Result | undefined;
    try {
      result = act(descriptor);
      return result;
    } finally {
      if (result instanceof Promise) result.finally(close).catch(() => undefined);
      else close();
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) this.#files.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** The line that says so. */
  #take(name: string, now: Known): Buffer {
    const known = highest(this.#known.get(name), now);
    this.#known.set(name, known);
    return Buffer.from(lineOf(name, known));
  }
}

/** What is wrong with a record that is older than what is known, if it is. */
export function olderThanKnown(choice: Choice, known: Known | undefined): string | undefined {
  if (known === undefined) return undefined;
  const { generation } = choice.record;
  // One that has lost its neighbour may also have lost its successor.
  const newest = choice.isNeighbourIntact ? generation : generation + 1;
  if (newest < known.generation) {
    return `is an older copy: its generation is ${generation}, txnid.names knows ${known.generation}`;
  }
  const number = resumeNumber(choice);
  if (number >= known.next) return undefined;
  return `is an older copy: it goes on from ${number}, txnid.names knows ${known.next}`;
}

/** A line that a crash cut off has no end; what comes behind it begins on a line of its own. */
function lineOf(name: string, { generation, next }: Known): string {
  return `\n${name} ${generation} ${next}\n`;
}

function knownIn(text: string): Map<string, Known> {
  const known = new Map<string, Known>();
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const line of whole.split('\n')) {
    const [, name, generation, next] = entry.exec(line) ?? [];
    if (name === undefined || generation === undefined || next === undefined) continue;
    const told = { generation: Number(generation), next: BigInt(next) };
    known.set(name, highest(known.get(name), told));
  }
  return known;
}

function highest(one: Known | undefined, other: Known): Known {
  if (one === undefined) return other;
  return {
    generation: Math.max(one.generation, other.generation),
    next: larger(one.next, other.next),
  };
}

function readText(path: string, files: FileSystem): string {
  const descriptor = open(path, constants.O_RDONLY, files);
  if (descriptor === undefined) return '';
  try {
    const { size } = files.fstatSync(descriptor);
    const buffer = Buffer.alloc(size);
    return buffer.toString('latin1', 0, files.readSync(descriptor, buffer, 0, size, 0));
  } catch (error) {
    throw cannotOpen(path, error);
  } finally {
    files.closeSync(descriptor);
  }
}

function openToAppend(path: string, files: FileSystem): number {
  const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND;
  let descriptor: number | undefined;
  try {
    const isThere = files.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    descriptor = open(path, flags, files);
    if (descriptor === undefined) throw new Error('it cannot be made there');
    if (!isThere) syncDirectory(dirname(path), files);
    return descriptor;
  } catch (error) {
    if (descriptor !== undefined) files.closeSync(descriptor);
    throw cannotCreate(path, error);
  }
}

/** Undefined where there is none. Throws TxnidError. */
function open(path: string, flags: number, files: FileSystem): number | undefined {
  let descriptor: number;
  try {
    descriptor = files.openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw errorCode(error) === 'ELOOP' ? inTheWay(path) : cannotCreate(path, error);
  }
  return keepRegular(descriptor, files, {
    failed: (error) => cannotOpen(path, error),
    irregular: () => inTheWay(path),
  });
}

function inTheWay(path: string): TxnidError {
  const what = `Cannot use ${path}: it is a link, or no regular file`;
  return failure('state', what, 'move it away; it is made anew');
}

/** A system's error as one for an operator; a TxnidError as it is. */
function cannotWrite(path: string, error: unknown): unknown {
  if (error instanceof TxnidError) return error;
  const what = `Cannot write ${path}: ${(error as Error).message}`;
  const remedy = remedyFor(error, 'mend the disk or make room on it; no number is affected');
  return failure('save', what, remedy, { cause: error });
}

function refuseShort(written: number, { length }: Uint8Array): void {
  if (written !== length) throw new Error(`only ${written} of ${length} bytes were written`);
}
