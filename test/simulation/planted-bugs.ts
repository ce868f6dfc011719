/**
 * Bugs planted into the program's use of the disk, each of which the exploration has to find: without
 * them nobody would know whether it can find any.
 */

import { constants } from 'node:fs';
import { DescriptorDisk, type Disk, progressFileBytes } from '../../src/progress/file/disk.js';
import type { FileSystem } from '../../src/progress/file/file-system.js';
import { encodeRecord, type ProgressRecord, slotBytes } from '../../src/progress/file/record.js';
import { recordsIn } from './instance-life.js';
import type { Plant } from './simulated-files.js';

/** What a planted bug does in place of a call to the disk. */
interface Change {
  /** Of what the process reads at its start. */
  readonly read?: (image: Buffer) => Buffer;
  readonly write?: (disk: Disk, offset: number, bytes: Uint8Array) => void;
  readonly flush?: (disk: Disk) => void;
}

function read(disk: Disk): Buffer {
  return Buffer.from(disk.readSync());
}

/** The calls of a file system with some of them replaced. */
function replaced(files: FileSystem, calls: Partial<FileSystem>): FileSystem {
  return new Proxy(files, {
    get: (target, name: keyof FileSystem) => calls[name] ?? target[name].bind(target),
  });
}

/** Of the progress file in an owner's hands, from its first look on; it goes on to see what it believes it has written. */
function onDisk(plant: () => Change): Plant {
  return (files) => {
    const owned = new Map<number, Buggy>();
    const readSync: FileSystem['readSync'] = (descriptor, buffer, offset, length, position) => {
      // Nothing else is read with room for a byte too many.
      if (length !== progressFileBytes + 1)
        return files.readSync(descriptor, buffer, offset, length, position);
      const buggy =
        owned.get(descriptor) ?? buggyOn(new DescriptorDisk(files, descriptor), plant());
      owned.set(descriptor, buggy);
      buffer.set(buggy.view, offset);
      return buggy.view.length;
    };
    const writeSync: FileSystem['writeSync'] = (descriptor, bytes, offset, length, position) => {
      const buggy = owned.get(descriptor);
      if (buggy === undefined) return files.writeSync(descriptor, bytes, offset, length, position);
      buggy.view.set(bytes, position);
      const { change, disk } = buggy;
      if (change.write === undefined) disk.writeSync(position, bytes);
      else change.write(disk, position, bytes);
      return length;
    };
    const fdatasyncSync: FileSystem['fdatasyncSync'] = (descriptor) => {
      const { change, disk } = owned.get(descriptor) ?? {};
      if (disk !== undefined && change?.flush !== undefined) change.flush(disk);
      else files.fdatasyncSync(descriptor);
    };
    const closeSync: FileSystem['closeSync'] = (descriptor) => {
      owned.delete(descriptor);
      files.closeSync(descriptor);
    };
    return replaced(files, {
      readSync,
      read: async (...call) => readSync(...call),
      writeSync,
      write: async (...call) => writeSync(...call),
      fdatasyncSync,
      fdatasync: async (descriptor) => fdatasyncSync(descriptor),
      closeSync,
    });
  };
}

interface Buggy {
  readonly disk: Disk;
  readonly change: Change;
  /** What the process reads. */
  readonly view: Buffer;
}

function buggyOn(disk: Disk, change: Change): Buggy {
  return { disk, change, view: (change.read ?? Buffer.from)(read(disk)) };
}

/** The image with each of its records changed. */
function rewritten(image: Buffer, change: Partial<ProgressRecord> | 'ceiling'): Buffer {
  const result = Buffer.from(image);
  for (let offset = 0; offset < progressFileBytes; offset += slotBytes) {
    const [record] = recordsIn(image.subarray(offset, offset + slotBytes));
    if (record === undefined) continue;
    const changes = change === 'ceiling' ? { ceiling: record.reserved } : change;
    result.set(encodeRecord({ ...record, ...changes }), offset);
  }
  return result;
}

/** With a slot lost it goes on from what the other one reserved, not from its ceiling. */
export const resumesFromReserved = onDisk(() => ({ read: (image) => rewritten(image, 'ceiling') }));

/** It overwrites the newest record, not the one before it. */
export const overwritesNewest = onDisk(() => ({
  write: (disk, _, bytes) => {
    const image = read(disk);
    const slots = [image.subarray(0, slotBytes), image.subarray(slotBytes)];
    const [one = 0, other = 0] = slots.map((slot) => recordsIn(slot)[0]?.generation ?? 0);
    disk.writeSync(one > other ? 0 : slotBytes, bytes);
  },
}));

/** Numbers leave while the flush that should come first is still to come. */
export const servesBeforeFlush = onDisk(() => {
  let isDue = false;
  return {
    write: (disk, offset, bytes) => {
      if (isDue) disk.flushSync();
      disk.writeSync(offset, bytes);
    },
    flush: () => {
      isDue = true;
    },
  };
});

/** It takes the second flush's word after the first has failed. */
export const retriesFlush = onDisk(() => ({
  flush: (disk) => {
    try {
      disk.flushSync();
    } catch {
      disk.flushSync();
    }
  },
}));

/** It goes on from what it read, with no fresh reservation. */
export const skipsFreshReservation = onDisk(() => {
  let writes = 0;
  return {
    write: (disk, offset, bytes) => {
      if (++writes > 2) disk.writeSync(offset, bytes);
    },
    flush: (disk) => {
      if (writes > 2) disk.flushSync();
    },
  };
});

/** Its records say that nothing above `next` was handed out while it hands numbers out. */
export const claimsToBeClean = onDisk(() => ({
  write: (disk, offset, bytes) => {
    const clean = rewritten(Buffer.from(bytes), { clean: true });
    disk.writeSync(offset, clean);
  },
}));

/** Names are given and taken without a flush of the directory. */
export const skipsDirectoryFlush: Plant = (files) => {
  const directories = new Set<number>();
  return replaced(files, {
    openSync: (path, flags, mode) => {
      const descriptor = files.openSync(path, flags, mode);
      if ((flags & constants.O_DIRECTORY) !== 0) directories.add(descriptor);
      return descriptor;
    },
    fsyncSync: (descriptor) => {
      if (!directories.has(descriptor)) files.fsyncSync(descriptor);
    },
  });
};

/** The file gets its name before its content is flushed. */
export const namesBeforeFlush: Plant = (files) => {
  const named = new Set<number>();
  return replaced(files, {
    openSync: (path, flags, mode) => {
      const descriptor = files.openSync(path, flags, mode);
      if (path.endsWith('.new')) named.add(descriptor);
      return descriptor;
    },
    fsyncSync: (descriptor) => {
      if (!named.has(descriptor)) files.fsyncSync(descriptor);
    },
  });
};

/** A creation takes the name by a rename, which replaces what has it. */
export const createsByRename: Plant = (files) =>
  replaced(files, {
    linkSync: (existing, name) => {
      if (files.statSync(name, { throwIfNoEntry: false }) !== undefined) files.rmSync(name);
      files.linkSync(existing, name);
    },
  });
