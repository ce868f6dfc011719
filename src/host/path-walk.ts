/**
 * The way of a path, step by step, from the root directory: every directory that it leads through and
 * every symbolic link, each looked at through a descriptor of the directory before it. So nothing can
 * be exchanged between two looks, and a link that is followed is judged like the rest. Linux: it needs
 * /proc, since Node has no openat(2).
 */

import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { failure, TxnidError } from '../errors.js';

/** A file, directory or symbolic link. */
export interface OwnedPath {
  readonly path: string;
  /** User id of its owner. */
  readonly uid: number;
  /** Permissions as in `st_mode`, other bits do not matter; 0 of a link, which has none. */
  readonly mode: number;
  readonly isLink?: boolean;
}

export interface Walk {
  /** The path without symbolic links, as far as it exists. */
  readonly path: string;
  /** What it leads through. */
  readonly passed: readonly OwnedPath[];
  /** What is there; undefined when nothing is. */
  readonly end: OwnedPath | undefined;
  readonly isDirectory: boolean;
}

/** Linux's value on x86-64 and arm64: a descriptor to look with, that opens no device and waits for no FIFO. */
const O_PATH = 0o10000000;
const lookFlags = O_PATH | constants.O_NOFOLLOW;

/** As many as Linux follows itself. */
const linksMax = 40;

/**
 * Walks an absolute path. Throws TxnidError 'privilege' where it cannot be followed, for example because
 * links lead in a circle; a path that is not there is no error.
 */
export function walkPath(path: string): Walk {
  const walker = new Walker(names(path));
  try {
    return walker.walk();
  } finally {
    walker.close();
  }
}

function tooManyLinks(path: string): TxnidError {
  const what = `Cannot follow ${path}: too many symbolic links on the way`;
  return failure('privilege', what, remedies.ELOOP);
}

const remedies = {
  ELOOP: 'mend the links, which may lead in a circle',
  ENOTDIR: 'set a path that leads through directories only',
  ENAMETOOLONG: 'set a shorter one',
  EACCES: 'let the user that starts the service search the directories on the way',
};

/** The system's error in words about the operator's path, not about the descriptors it was walked by. */
function cannotFollow(path: string, cause: NodeJS.ErrnoException): TxnidError {
  const { code = '', errno = 0 } = cause;
  const meaning = getSystemErrorMap().get(errno)?.[1] ?? code;
  const remedy = Object.entries(remedies).find(([name]) => name === code)?.[1];
  const what = `Cannot follow ${path}: ${meaning}`;
  return failure('privilege', what, remedy ?? 'see why the system refuses it', { cause });
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

class Walker {
  #descriptor = openSync('/', lookFlags);
  #path = '/';
  #rest: string[];
  #links = 0;
  readonly #passed: OwnedPath[] = [];

  constructor(rest: string[]) {
    this.#rest = rest;
  }

  walk(): Walk {
    for (;;) {
      const name = this.#rest.shift();
      if (name === undefined) return this.#arrived();
      if (name === '..') {
        this.#restart(dirname(this.#path));
        continue;
      }
      this.#passed.push(this.#look());
      if (!this.#tryStep(name)) return this.#lost(name);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #look(): OwnedPath {
    const { uid, mode } = fstatSync(this.#descriptor);
    return { path: this.#path, uid, mode };
  }

  #tryStep(name: string): boolean {
    try {
      return this.#step(name);
    } catch (error) {
      if (error instanceof TxnidError) throw error;
      throw cannotFollow(join(this.#path, name), error as NodeJS.ErrnoException);
    }
  }

  /** Goes to an entry of the directory; false when it is not there. */
  #step(name: string): boolean {
    const place = `/proc/self/fd/${this.#descriptor}/${name}`;
    const next = openIfThere(place);
    if (next === undefined) return false;
    const stats = fstatSync(next);
    if (stats.isSymbolicLink()) {
      closeSync(next);
      this.#follow(join(this.#path, name), stats.uid, readlinkSync(place));
      return true;
    }
    this.#goTo(next, join(this.#path, name));
    return true;
  }

  /** What a link says counts from the directory it is in. */
  #follow(path: string, uid: number, target: string): void {
    if (++this.#links > linksMax) throw tooManyLinks(path);
    this.#passed.push({ path, uid, mode: 0, isLink: true });
    this.#restart(target.startsWith('/') ? target : `${this.#path}/${target}`);
  }

  #restart(path: string): void {
    this.#rest = [...names(path), ...this.#rest];
    this.#goTo(openSync('/', lookFlags), '/');
  }

  #goTo(descriptor: number, path: string): void {
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#path = path;
  }

  #arrived(): Walk {
    const isDirectory = fstatSync(this.#descriptor).isDirectory();
    return { path: this.#path, passed: this.#passed, end: this.#look(), isDirectory };
  }

  #lost(name: string): Walk {
    const path = join(this.#path, name, ...this.#rest);
    return { path, passed: this.#passed, end: undefined, isDirectory: false };
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, lookFlags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
