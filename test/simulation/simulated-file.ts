/**
 * One file of a simulated machine: what the kernel has cached, what is on the medium, and what is on
 * its way from the one to the other. Nothing changes in place, so that a moment can be kept and gone
 * back to.
 */

import { hash } from 'node:crypto';
import { contentFingerprint } from './content-fingerprint.js';

/** What the kernel caches and marks dirty or clean together. */
const pageBytes = 4096;

/** Data at an offset (a file that is shorter grows, with zeros between), or a new size. */
export type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'size'; readonly size: number };

export class SimulatedFile {
  #fingerprint: string | undefined;

  private constructor(
    /** What a read gives. */
    readonly cached: Buffer,
    /** What a power cut now would leave, if it lost all it can. */
    readonly medium: Buffer,
    /** What the next flush would put on the medium, in this order. */
    readonly unflushed: readonly Change[],
    /** Pages whose data is only in the cache, and which no flush knows of any more. */
    readonly dropped: ReadonlySet<number>,
  ) {}

  /** A file whose bytes are all on the medium. */
  static durable(bytes: Uint8Array): SimulatedFile {
    const medium = Buffer.from(bytes);
    return new SimulatedFile(medium, medium, [], new Set());
  }

  /** The same for files that no program can tell apart. */
  get fingerprint(): string {
    this.#fingerprint ??= this.#print();
    return this.#fingerprint;
  }

  write(offset: number, bytes: Uint8Array): SimulatedFile {
    const cached = applied(this.cached, { kind: 'write', offset, bytes: Buffer.from(bytes) });
    const pages = pagesOf(offset, bytes.length);
    const isWhole = pages.some((page) => this.dropped.has(page));
    // A page is dirty as a whole: to write into one that was dropped puts all of it on its way again.
    const start = isWhole ? Math.min(...pages) * pageBytes : offset;
    const end = isWhole ? (Math.max(...pages) + 1) * pageBytes : offset + bytes.length;
    const change: Change = { kind: 'write', offset: start, bytes: cached.subarray(start, end) };
    const dropped = [...this.dropped].filter((page) => !pages.includes(page));
    const unflushed = [...this.unflushed, change];
    return new SimulatedFile(cached, this.medium, unflushed, new Set(dropped));
  }

  resize(size: number): SimulatedFile {
    const change: Change = { kind: 'size', size };
    const unflushed = size === this.cached.length ? this.unflushed : [...this.unflushed, change];
    return new SimulatedFile(applied(this.cached, change), this.medium, unflushed, this.dropped);
  }

  flush(): SimulatedFile {
    const medium = this.unflushed.reduce(applied, this.medium);
    return new SimulatedFile(this.cached, medium, [], this.dropped);
  }

  /** A flush that fails as on Linux: the pages count as clean from now on, though they never got out. */
  drop(): SimulatedFile {
    const dropped = new Set(this.dropped);
    for (const change of this.unflushed) {
      if (change.kind === 'size') continue;
      for (const page of pagesOf(change.offset, change.bytes.length)) dropped.add(page);
    }
    const sizes = this.unflushed.filter(({ kind }) => kind === 'size');
    return new SimulatedFile(this.cached, this.medium, sizes, dropped);
  }

  /** The kernel needs the memory of its clean pages: what was dropped is read from the medium again. */
  evict(): SimulatedFile {
    const cached = Buffer.from(this.cached);
    for (const page of this.dropped) {
      const start = page * pageBytes;
      const end = Math.min(start + pageBytes, cached.length);
      if (start >= end) continue;
      cached.fill(0, start, end).set(this.medium.subarray(start, end), start);
    }
    return new SimulatedFile(cached, this.medium, this.unflushed, new Set());
  }

  #print(): string {
    const { cached, medium, unflushed, dropped } = this;
    const changes = unflushed.map((change) =>
      change.kind === 'size' ? change.size : `${change.offset}:${hash('sha1', change.bytes)}`,
    );
    const contents = cached === medium ? [medium] : [cached, medium];
    return [...contents.map(contentFingerprint), ...changes, ...dropped].join(',');
  }
}

function pagesOf(offset: number, length: number): number[] {
  const first = Math.floor(offset / pageBytes);
  const last = Math.floor((offset + Math.max(length, 1) - 1) / pageBytes);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** The bytes after a change. */
export function applied(bytes: Buffer, change: Change): Buffer {
  if (change.kind === 'size') return sized(bytes, change.size);
  const result = sized(bytes, Math.max(bytes.length, change.offset + change.bytes.length));
  result.set(change.bytes, change.offset);
  return result;
}

function sized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result);
  return result;
}
