/**
 * A moment of a simulated machine: its files and their names, cached and on the medium. A process
 * crash leaves it as it is; a power cut leaves one of many others.
 */

import { progressFileBytes } from '../../src/progress/file/disk.js';
import { decodeSlot, slotBytes } from '../../src/progress/file/record.js';
import type { Seeded } from '../support/fixtures/seeded.js';
import { SimulatedFile } from './simulated-file.js';
import { randomMedium, type SectorBytes, tornMedia } from './torn-writes.js';

/** A name that was given to an inode, or taken away. */
export interface NameChange {
  readonly name: string;
  readonly inode: number | undefined;
}

export type Names = ReadonlyMap<string, number>;

export interface Machine {
  readonly files: ReadonlyMap<number, SimulatedFile>;
  readonly names: Names;
  readonly mediumNames: Names;
  /** What the next flush of the directory would put on the medium. */
  readonly unflushedNames: readonly NameChange[];
}

export const emptyMachine: Machine = {
  files: new Map(),
  names: new Map(),
  mediumNames: new Map(),
  unflushedNames: [],
};

export function renamed(names: Names, changes: readonly NameChange[]): Names {
  const result = new Map(names);
  for (const { name, inode } of changes) {
    if (inode === undefined) result.delete(name);
    else result.set(name, inode);
  }
  return result;
}

/** Every machine that a power cut at this moment may leave, each once. */
export function powerCuts(machine: Machine, sectorBytes: SectorBytes): Machine[] {
  const media = new Map<number, SimulatedFile[]>();
  for (const [inode, file] of machine.files) media.set(inode, distinct(file, sectorBytes));
  return subsets(machine.unflushedNames).flatMap((changes) => {
    const names = renamed(machine.mediumNames, changes);
    return combinations(new Set(names.values()), media).map((files) => settled(files, names));
  });
}

/** One of the machines that a power cut may leave. */
export function randomPowerCut(
  machine: Machine,
  sectorBytes: SectorBytes,
  seeded: Seeded,
): Machine {
  const changes = machine.unflushedNames.filter(() => seeded.below(2) === 0);
  const names = renamed(machine.mediumNames, changes);
  const files = [...machine.files].map(([inode, file]): [number, SimulatedFile] => [
    inode,
    SimulatedFile.durable(randomMedium(file, sectorBytes, seeded)),
  ]);
  return settled(new Map(files), names);
}

/** The same machine once the kernel has given up its clean pages; undefined where nothing shows it. */
export function evicted(machine: Machine): Machine | undefined {
  if (![...machine.files.values()].some(({ dropped }) => dropped.size > 0)) return undefined;
  const files = [...machine.files].map(([inode, file]) => [inode, file.evict()] as const);
  return { ...machine, files: new Map(files) };
}

/** The same machine with other bytes in a file, on the medium too. */
export function withBytes(machine: Machine, path: string, bytes: Uint8Array): Machine {
  const inode = machine.names.get(path) ?? 0;
  return { ...machine, files: new Map(machine.files).set(inode, SimulatedFile.durable(bytes)) };
}

/** What a read of this name gives; undefined where there is no such file. */
export function cachedBytes(machine: Machine, path: string): Buffer | undefined {
  return machine.files.get(machine.names.get(path) ?? 0)?.cached;
}

/** What the files of a machine hold, for people. */
export function contentsOf({ names, files }: Machine): string {
  const texts = [...names].map(([name, inode]) => {
    const { cached = Buffer.alloc(0) } = files.get(inode) ?? {};
    const slots = [cached.subarray(0, slotBytes), cached.subarray(slotBytes)];
    const isProgress = cached.length === progressFileBytes;
    return `${name} ${isProgress ? slots.map(slotText).join(' and ') : `${cached.length} bytes`}`;
  });
  return `{${texts.join(', ')}}`;
}

function slotText(bytes: Uint8Array): string {
  const slot = decodeSlot(bytes);
  if (slot.kind !== 'record') return slot.kind;
  const { generation, next, reserved, ceiling, clean } = slot.record;
  return `[${generation}: ${next} ${reserved} ${ceiling}${clean ? ' clean' : ''}]`;
}

/** Tells machines apart that a program can tell apart. */
export function fingerprint(machine: Machine): string {
  const { names, mediumNames, unflushedNames, files } = machine;
  const named = [names, mediumNames].map((map) => JSON.stringify([...map].sort()));
  const inodes = new Set([...names.values(), ...mediumNames.values()]);
  const contents = [...inodes].sort().map((inode) => files.get(inode)?.fingerprint);
  return [...named, JSON.stringify(unflushedNames), ...contents].join('|');
}

function settled(files: ReadonlyMap<number, SimulatedFile>, names: Names): Machine {
  return { files, names, mediumNames: names, unflushedNames: [] };
}

function distinct(file: SimulatedFile, sectorBytes: SectorBytes): SimulatedFile[] {
  if (file.unflushed.length === 0) return [SimulatedFile.durable(file.medium)];
  const found = new Map<string, SimulatedFile>();
  for (const medium of tornMedia(file, sectorBytes)) {
    const left = SimulatedFile.durable(medium);
    if (!found.has(left.fingerprint)) found.set(left.fingerprint, left);
  }
  return [...found.values()];
}

function combinations(
  inodes: ReadonlySet<number>,
  media: ReadonlyMap<number, readonly SimulatedFile[]>,
): Map<number, SimulatedFile>[] {
  let result = [new Map<number, SimulatedFile>()];
  for (const inode of inodes) {
    const choices = media.get(inode) ?? [];
    result = result.flatMap((files) => choices.map((file) => new Map(files).set(inode, file)));
  }
  return result;
}

function subsets<Item>(items: readonly Item[]): Item[][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((subset) => [subset, [first, ...subset]]);
}
