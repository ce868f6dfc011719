/** The disk behind a descriptor of a simulated file system, as the real one is behind a real one. */

import type { Disk, DiskResult, DiskStep } from '../../src/progress/file/disk.js';
import { progressFileBytes } from '../../src/progress/file/disk.js';
import type { FileSystem } from '../../src/progress/file/file-system.js';
import type { NameSight } from '../../src/progress/file/name-sight.js';

export function diskThrough(files: FileSystem, descriptor: number, sight: NameSight): Disk {
  const performSync = (step: DiskStep): DiskResult => perform(files, descriptor, sight, step);
  return { performSync, perform: async (step) => performSync(step) };
}

function perform(
  files: FileSystem,
  descriptor: number,
  sight: NameSight,
  step: DiskStep,
): DiskResult {
  switch (step.call) {
    case 'read': {
      const buffer = Buffer.alloc(progressFileBytes + 1);
      return buffer.subarray(0, files.readSync(descriptor, buffer, 0, buffer.length, 0));
    }
    case 'name': {
      const open = files.fstatSync(descriptor);
      const { path } = sight;
      if (path === undefined) return sight.judge(open, 'unseen');
      return sight.judge(open, files.statSync(path, { throwIfNoEntry: false }) ?? 'nothing');
    }
    case 'write': {
      const { bytes, offset } = step;
      const written = files.writeSync(descriptor, bytes, 0, bytes.length, offset);
      if (written === bytes.length) return undefined;
      throw new Error(`only ${written} of ${bytes.length} bytes were written`);
    }
    case 'flush':
      files.fdatasyncSync(descriptor);
      return undefined;
  }
}
