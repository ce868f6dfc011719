/**
 * What a power cut may leave of a file. Every sector is written whole or not at all, in whatever
 * order the kernel and the device like, at any time since the last flush: so each of them holds one
 * of the versions that it had in the cache since then, whatever the others hold.
 */

import type { Seeded } from '../support/fixtures/seeded.js';
import { applied, type SimulatedFile } from './simulated-file.js';

/** What a device writes whole or not at all. */
export type SectorBytes = 512 | 4096;

/**
 * The contents that the medium may have after a power cut; some may be alike. Of each two versions,
 * all that have the one up to some sector and the other from there on, with the size of either.
 */
export function* tornMedia(file: SimulatedFile, sectorBytes: SectorBytes): Generator<Buffer> {
  const versions = versionsOf(file);
  yield* versions;
  for (const early of versions) {
    for (const late of versions) {
      if (early !== late) yield* mixtures(early, late, sectorBytes);
    }
  }
}

/** One of them, with a choice for each sector. */
export function randomMedium(
  file: SimulatedFile,
  sectorBytes: SectorBytes,
  seeded: Seeded,
): Buffer {
  const versions = versionsOf(file);
  const choose = (): Buffer => versions[seeded.below(versions.length)] ?? file.medium;
  const medium = Buffer.alloc(choose().length);
  const isMixed = seeded.below(3) > 0;
  let version = choose();
  for (let at = 0; at < medium.length; at += sectorBytes) {
    if (isMixed) version = choose();
    medium.set(version.subarray(at, Math.min(at + sectorBytes, medium.length)), at);
  }
  return medium;
}

/** The one where each sector of each write since the flush got through, or not. */
export function tornMedium(
  { medium, unflushed }: SimulatedFile,
  isKept: (sector: number) => boolean,
  sectorBytes: SectorBytes = 512,
): Buffer {
  let left = medium;
  let sector = 0;
  for (const change of unflushed) {
    if (change.kind === 'size') continue;
    for (let start = 0; start < change.bytes.length; start += sectorBytes) {
      const bytes = change.bytes.subarray(start, start + sectorBytes);
      const offset = change.offset + start;
      if (isKept(sector++)) left = applied(left, { kind: 'write', offset, bytes });
    }
  }
  return left;
}

/** What the file was since it was flushed, from the medium to the cache. */
function versionsOf({ medium, unflushed }: SimulatedFile): Buffer[] {
  let last = medium;
  const later = unflushed.map((change) => {
    last = applied(last, change);
    return last;
  });
  return [medium, ...later];
}

function* mixtures(early: Buffer, late: Buffer, sectorBytes: SectorBytes): Generator<Buffer> {
  const longest = Math.max(early.length, late.length);
  for (let cut = sectorBytes; cut < longest; cut += sectorBytes) {
    if (sameSector(early, late, cut - sectorBytes, sectorBytes)) continue;
    for (const size of new Set([early.length, late.length])) {
      const medium = Buffer.alloc(size);
      medium.set(early.subarray(0, Math.min(cut, size)));
      medium.set(late.subarray(cut, size), Math.min(cut, size));
      yield medium;
    }
  }
  if (early.length === late.length) return;
  // The size is on the medium, and the data that it is for is not: zeros.
  const grown = Buffer.alloc(late.length);
  early.copy(grown);
  yield grown;
}

/** A cut behind a sector that is the same in both versions leaves nothing that another one does not. */
function sameSector(early: Buffer, late: Buffer, at: number, sectorBytes: number): boolean {
  const [one, other] = [early, late].map((bytes) => bytes.subarray(at, at + sectorBytes));
  return one !== undefined && other !== undefined && one.equals(other);
}
