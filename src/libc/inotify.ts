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
  return new Watches().add(path);
}

/** The same for names in many directories, with one instance for all of them. */
export function watchTogether(): (path: string) => InotifyWatch {
  const watches = new Watches();
  return (path) => watches.add(path);
}

/** The watches of one instance, which is there while any of them is. */
class Watches {
  #descriptor = -1;
  /** By the kernel's number for their directory. */
  readonly #watches = new Map<number, Watch>();
  /** Shared by all: events are read and judged at once. */
  static readonly #buffer = Buffer.alloc(bufferBytes);

  add(path: string): InotifyWatch {
    // Declared here, since other systems than Linux have no such functions.
    const add = foreign<(fd: number, path: string, mask: number) => number>(
      'int inotify_add_watch(int, const char *, uint32_t)',
    );
    const mask = names | itself | IN_ONLYDIR;
    this.#open();
    try {
      const number = checked('inotify_add_watch', add(this.#descriptor, dirname(path), mask));
      const watch = new Watch(this, number, basename(path));
      this.#watches.set(number, watch);
      return watch;
    } catch (error) {
      this.#closeUnused();
      throw error;
    }
  }

  remove(number: number): void {
    this.#watches.delete(number);
    this.#closeUnused();
  }

  /** Lets all know what has happened. Throws as node:fs does. */
  read(): void {
    for (let bytes = this.#read(); bytes > 0; bytes = this.#read()) {
      this.#judge(Watches.#buffer.subarray(0, bytes));
    }
  }

  #open(): void {
    if (this.#descriptor !== -1) return;
    const init = foreign<(flags: number) => number>('int inotify_init1(int)');
    this.#descriptor = checked('inotify_init1', init(IN_NONBLOCK | IN_CLOEXEC));
  }

  #closeUnused(): void {
    if (this.#watches.size > 0 || this.#descriptor === -1) return;
    closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  /** Bytes read; 0 when nothing more has happened. */
  #read(): number {
    try {
      return readSync(this.#descriptor, Watches.#buffer, 0, bufferBytes, null);
    } catch (error) {
      if (errorCode(error) === 'EAGAIN') return 0;
      throw error;
    }
  }

  #judge(events: Buffer): void {
    for (let at = 0; at < events.length; ) {
      const number = events.readInt32LE(at);
      const mask = events.readUInt32LE(at + maskAt);
      const length = events.readUInt32LE(at + lengthAt);
      const padded = events.toString('utf8', at + headerBytes, at + headerBytes + length);
      const about = this.#watches.get(number);
      if (about !== undefined) about.happened(mask, padded.split('\0', 1)[0] ?? '');
      // The queue has overflowed: nobody can tell any more what was done to whom.
      else if (number === -1) for (const watch of this.#watches.values()) watch.happened(mask, '');
      at += headerBytes + length;
    }
  }
}

class Watch implements InotifyWatch {
  #isDisturbed = false;

  constructor(
    private readonly watches: Watches,
    private readonly number: number,
    private readonly name: string,
  ) {}

  isDisturbed(): boolean {
    if (!this.#isDisturbed) this.watches.read();
    return this.#isDisturbed;
  }

  /** All but the names of others is about the directory itself, gone or unmounted. */
  happened(mask: number, name: string): void {
    const isOther = (mask & names) !== 0 && name !== this.name;
    if (!isOther) this.#isDisturbed = true;
  }

  close(): void {
    this.watches.remove(this.number);
  }
}
