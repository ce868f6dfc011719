/** inotify(7): what this kernel does to one name in a directory, told also from within a jail. */

import { closeSync, readSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorCode } from '../error-code.js';
import { checked, foreign } from './libc.js';

const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;

const IN_MOVED_FROM = 0x40;
const IN_MOVED_TO = 0x80;
const IN_CREATE = 0x100;
const IN_DELETE = 0x200;
const IN_DELETE_SELF = 0x400;
const IN_MOVE_SELF = 0x800;
const IN_ONLYDIR = 0x1000000;

const names = IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE;
const itself = IN_DELETE_SELF | IN_MOVE_SELF;

/** struct inotify_event: wd, mask, cookie and len of 32 bits each, then the name, padded with zeros. */
const headerBytes = 16;
const maskAt = 4;
const lengthAt = 12;

/** Holds many events; a read gives whole ones only. */
const bufferBytes = 64 * 1024;

/** A watch over what happens to a name in its directory. */
export interface InotifyWatch {
  isDisturbed(): boolean;
  close(): void;
}

/**
 * Watches the name at this path. The descriptor gives no access to the directory. Throws LibcError,
 * with EMFILE where this user has as many instances as fs.inotify allows, and Error where there is no
 * inotify.
 */
export function watchName(path: string): InotifyWatch {
  // Declared here, since other systems than Linux have no such functions.
  const init = foreign<(flags: number) => number>('int inotify_init1(int)');
  const add = foreign<(fd: number, path: string, mask: number) => number>(
    'int inotify_add_watch(int, const char *, uint32_t)',
  );
  const descriptor = checked('inotify_init1', init(IN_NONBLOCK | IN_CLOEXEC));
  try {
    const mask = names | itself | IN_ONLYDIR;
    checked('inotify_add_watch', add(descriptor, dirname(path), mask));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return new Watch(descriptor, basename(path));
}

class Watch implements InotifyWatch {
  readonly #buffer = Buffer.alloc(bufferBytes);
  #isDisturbed = false;

  constructor(
    private readonly descriptor: number,
    private readonly name: string,
  ) {}

  isDisturbed(): boolean {
    let bytes = this.#isDisturbed ? 0 : this.#read();
    while (bytes > 0) {
      this.#judge(this.#buffer.subarray(0, bytes));
      bytes = this.#isDisturbed ? 0 : this.#read();
    }
    return this.#isDisturbed;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** Bytes read; 0 when nothing more has happened. Throws as node:fs does. */
  #read(): number {
    try {
      return readSync(this.descriptor, this.#buffer, 0, bufferBytes, null);
    } catch (error) {
      if (errorCode(error) === 'EAGAIN') return 0;
      throw error;
    }
  }

  #judge(events: Buffer): void {
    for (let at = 0; at < events.length; ) {
      const mask = events.readUInt32LE(at + maskAt);
      const length = events.readUInt32LE(at + lengthAt);
      const padded = events.toString('utf8', at + headerBytes, at + headerBytes + length);
      // All else is about the directory itself, gone or unmounted, or the queue has overflowed and
      // nobody can tell any more what was done.
      const isOther = (mask & names) !== 0 && padded.split('\0', 1)[0] !== this.name;
      if (!isOther) this.#isDisturbed = true;
      at += headerBytes + length;
    }
  }
}
