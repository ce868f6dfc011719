/**
 * A sequence that nobody has asked for: held, checked, and nothing more. It writes nothing, and keeps no more than its
 * open files, until it wakes. Then they are read and judged once more, so that what they said at the start is not taken
 * for what they say.
 */

import type { Choice } from './file/choice.js';
import { contentOf } from './file/content.js';
import { inodeOf } from './file/create.js';
import { DescriptorDisk } from './file/disk.js';
import { type NameSight, pathInJail } from './file/name-sight.js';
import { cannotOpen } from './file/open-file.js';
import { progressPaths } from './file/paths.js';
import { missing } from './file/unusable.js';
import {
  type HeldFiles,
  holdExisting,
  letGo,
  locked,
  readAll,
  readTrusted,
  refuseShownLock,
  trailWithoutFile,
} from './locked-files.js';
import { ProgressStore, type StoreOptions } from './store.js';
import { AuditTrail } from './trail/trail.js';

/** What is found of it when it is taken hold of. */
export interface FoundSequence {
  readonly store: RestingStore;
  /** What its file says. */
  readonly choice: Choice;
}

export class RestingStore {
  readonly #options: () => StoreOptions;
  readonly #descriptor: number;
  readonly #trailDescriptor: number;
  readonly #sight: NameSight;
  #isTaken = false;

  private constructor(options: () => StoreOptions, { descriptor, trail, sight }: HeldFiles) {
    this.#options = options;
    this.#descriptor = descriptor;
    this.#trailDescriptor = trail.rest();
    this.#sight = sight;
  }

  /**
   * Locks, reads and checks the sequence that is there; undefined where nothing is. Shows no lock: whoever owns the
   * instance does. Throws TxnidError, with the files as they were.
   */
  static async hold(options: () => StoreOptions): Promise<FoundSequence | undefined> {
    const known = options();
    const held = holdExisting(known);
    if (held === undefined) {
      if (trailWithoutFile(known).last === undefined) return undefined;
      throw missing(progressPaths(known.confdir).progress);
    }
    try {
      await refuseShownLock(held, known);
      const { choice } = readTrusted(held, held.content);
      // As a rule it is there, and nothing is written.
      held.trail.create();
      const store = new RestingStore(options, held);
      return { store, choice };
    } catch (error) {
      letGo(held, known);
      throw error;
    }
  }

  /** In the jail now: see ProgressStore. */
  enteredJail(): void {
    const { keeper } = this.#options();
    if (keeper !== undefined) this.#sight.moveTo(pathInJail(keeper, 'txnid.dat'));
  }

  /** The store, to be served from. The files are its own from here on. Throws TxnidError. */
  wake(): ProgressStore {
    const options = this.#options();
    const { progress } = progressPaths(options.confdir);
    let store: ProgressStore;
    try {
      const held = this.#held(options);
      const nothingShown = locked(held, async () => undefined, options);
      store = new ProgressStore(options, nothingShown, readTrusted(held, held.content));
    } catch (error) {
      throw cannotOpen(progress, error);
    }
    this.#isTaken = true;
    try {
      store.tellWhatWasFound();
      return store;
    } catch (error) {
      void store.release();
      throw error;
    }
  }

  /** What is held, read anew. */
  #held({ files, sequence, ledger, confdir }: StoreOptions): HeldFiles {
    const paths = progressPaths(confdir);
    const descriptor = this.#descriptor;
    const disk = new DescriptorDisk(files, descriptor, this.#sight);
    const content = contentOf(readAll(disk));
    const undone = content.newest?.undone;
    const trail = AuditTrail.resume(this.#trailDescriptor, paths.audit, files, undone);
    const inode = inodeOf(descriptor, files);
    return { sequence, ledger, paths, descriptor, inode, disk, content, trail, sight: this.#sight };
  }

  /** Gives the lock back; writes nothing. Does nothing once it has woken, or been released. */
  release(): void {
    if (this.#isTaken) return;
    this.#isTaken = true;
    const { files } = this.#options();
    files.closeSync(this.#trailDescriptor);
    this.#sight.close();
    files.closeSync(this.#descriptor);
  }
}
