/**
 * The world that owners of one progress file compete in: the kernel, what others do to the files, and
 * the promise, checked at every number that is handed out.
 */

import { Behaviour, type Moment } from './behaviour.js';
import { type Happening, type Model, Violation } from './explore.js';
import {
  emptyState,
  Kernel,
  type KernelAnswer,
  type KernelState,
  kernelKey,
  type Lacks,
  withInode,
  withNew,
  withoutActor,
  withoutName,
} from './kernel.js';
import type { OwnerCall, OwnerTold } from './kernel-calls.js';
import { type Deed, ownerProgram } from './owner.js';

/** How often each thing may happen. */
export interface Chances {
  /** An owner is killed. */
  readonly kill: number;
  /** Time passes, so that every visible lock is stale. */
  readonly wait: number;
  /** An owner's timer comes, and it looks after its visible lock. */
  readonly refresh: number;
  /** Somebody removes the lock directory, or makes it again. */
  readonly removeLock: number;
  readonly remakeLock: number;
  /** A true copy of the progress file takes its place: another inode. */
  readonly replace: number;
  /** A copy from before the last clean stop takes its place, or is written over it. */
  readonly restore: number;
  readonly restoreInPlace: number;
  /** The progress file is removed. */
  readonly remove: number;
  /** Progress file and audit trail are put back to what they were: nothing can tell. */
  readonly rollBack: number;
}

export const noChances: Chances = {
  kill: 0,
  wait: 0,
  refresh: 0,
  removeLock: 0,
  remakeLock: 0,
  replace: 0,
  restore: 0,
  restoreInPlace: 0,
  remove: 0,
  rollBack: 0,
};

export interface OwnershipOptions {
  readonly owners: number;
  readonly deeds: readonly Deed[];
  readonly chances?: Partial<Chances>;
  readonly lacks?: Lacks;
  /** All owners on one host, or each on its own. */
  readonly hosts?: 'one' | 'several';
  /** Whether the file has been owned before, or the owners find no file at all. */
  readonly isFirst?: boolean;
}

interface Handed {
  readonly first: bigint;
  readonly last: bigint;
  readonly actor: number;
}

export interface OwnershipWorld {
  readonly kernel: KernelState;
  readonly handed: readonly Handed[];
  readonly chances: Chances;
  /** Owners that have started; they start in the order of their numbers, as they are all alike. */
  readonly started: number;
}

/** How an owner may end; all else is a fault of the program. */
const properEnds = ['closed', 'locked', 'lock-lost', 'state'];

/** Numbers of owners that are not part of the search. */
const before = -1;
const after = -2;

export class Ownership {
  readonly #kernel: Kernel;
  readonly #options: OwnershipOptions;
  readonly #behaviours: Behaviour<OwnerCall, KernelAnswer, OwnerTold>[];
  readonly #heir: Behaviour<OwnerCall, KernelAnswer, OwnerTold>;
  readonly #judged = new Set<string>();
  /** How owners have ended, over all schedules. */
  readonly ends = new Map<string, number>();
  /** The progress file and the trail after the first clean stop. */
  #oldProgress = 0;
  #oldTrail = 0;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#kernel = new Kernel(options.lacks);
    this.#behaviours = Array.from({ length: options.owners }, (_, actor) =>
      this.#owner(actor, options.hosts === 'several' ? `host ${actor}` : 'host', options.deeds),
    );
    this.#heir = this.#owner(after, 'host', [{ kind: 'take', count: 1 }]);
  }

  /** Runs of the real code, one for each history. */
  get runs(): number {
    return this.#behaviours.reduce((sum, { moments }) => sum + moments, this.#heir.moments);
  }

  /** Starts from a file that has been owned twice, or from none. */
  async model(): Promise<Model<OwnershipWorld, OwnerCall, KernelAnswer, OwnerTold>> {
    const start: OwnershipWorld = {
      kernel: withNew(emptyState, 'confdir', false),
      handed: [],
      chances: { ...noChances, ...this.#options.chances },
      started: 0,
    };
    const world = this.#options.isFirst ? start : await this.#past(start);
    return {
      actors: this.#behaviours,
      world,
      keyOf,
      labelOf,
      perform: (from, actor, call) => this.#perform(from, actor, call),
      isQuiet,
      hear: (from, actor, told) => this.#hear(from, actor, told),
      leave: (from, actor) => ({ ...from, kernel: withoutActor(from.kernel, actor) }),
      happenings: (from, isThere) => this.#happenings(from, isThere),
      judgeEnd: (from) => this.#judgeEnd(from),
    };
  }

  #owner(actor: number, host: string, deeds: readonly Deed[]) {
    const { contents } = this.#kernel;
    return new Behaviour(ownerProgram({ actor, host, deeds, stops: actor !== after, contents }));
  }

  async #past(start: OwnershipWorld): Promise<OwnershipWorld> {
    const owner = this.#owner(before, 'host', [{ kind: 'take', count: 10 }]);
    const once = await this.#alone(start, before, owner);
    this.#oldProgress = contentOf(once.kernel, 'progress');
    this.#oldTrail = contentOf(once.kernel, 'audit');
    return await this.#alone(once, before, owner);
  }

  /** Lets one owner go on undisturbed until it ends, or has nothing more to do. */
  async #alone(
    from: OwnershipWorld,
    actor: number,
    owner: Behaviour<OwnerCall, KernelAnswer, OwnerTold>,
  ): Promise<OwnershipWorld> {
    let world: OwnershipWorld = { ...from, chances: noChances };
    let moment: Moment<OwnerCall, KernelAnswer, OwnerTold> = await owner.start();
    while (!moment.hasEnded) {
      const asked = moment.asked.find(({ call }) => call.call !== 'timer');
      const isIdle = asked?.call.call === 'turn' && asked.call.to === 'wait';
      const performed = asked && !isIdle && this.#perform(world, actor, asked.call);
      if (!asked || !performed) break;
      const answered = { id: asked.id, answer: performed.answer };
      moment = await owner.after(moment, answered, performed.key);
      world = moment.news.reduce((heard, told) => this.#hear(heard, actor, told), performed.world);
    }
    return { ...world, chances: from.chances, kernel: withoutActor(world.kernel, actor) };
  }

  #perform(world: OwnershipWorld, actor: number, call: OwnerCall) {
    if (call.call === 'turn') {
      if (actor > world.started) return undefined;
      const started = Math.max(world.started, actor + 1);
      return { world: { ...world, started }, answer: nothing, key: '' };
    }
    if (call.call === 'timer') {
      const spent = spend(world, 'refresh');
      return spent && { world: spent, answer: nothing, key: '' };
    }
    const [kernel, answer] = this.#kernel.perform(world.kernel, actor, call);
    return { world: { ...world, kernel }, answer, key: answerKey(answer) };
  }

  #hear(world: OwnershipWorld, actor: number, told: OwnerTold): OwnershipWorld {
    if (told.kind === 'ended') {
      if (!properEnds.includes(told.how)) throw new Violation(`an owner ends as "${told.how}"`);
      this.ends.set(told.how, (this.ends.get(told.how) ?? 0) + 1);
      return world;
    }
    const { first, last } = told;
    for (const other of world.handed) {
      if (first > other.last || (last < other.first && actor !== other.actor)) continue;
      const isTwice = last >= other.first;
      const what = isTwice ? 'are handed out twice' : 'come after larger ones';
      throw new Violation(`the numbers ${first} to ${last} of one owner ${what}`);
    }
    const handed = [...world.handed, { first, last, actor }];
    return { ...world, handed: handed.sort((one, other) => (one.first < other.first ? -1 : 1)) };
  }

  #happenings(world: OwnershipWorld, isThere: readonly boolean[]): Happening<OwnershipWorld>[] {
    const { kernel } = world;
    const { contents } = this.#kernel;
    const progress = contentOf(kernel, 'progress');
    const hasProgress = kernel.names.progress !== undefined;
    const hasLock = kernel.names.lock !== undefined;
    const happenings = isThere.flatMap((there, actor): Happening<OwnershipWorld>[] => {
      const spent = there && actor < world.started ? spend(world, 'kill') : undefined;
      return spent ? [{ label: `${actor + 1} is killed`, world: spent, killed: actor }] : [];
    });
    const add = (chance: keyof Chances, label: string, next: () => KernelState) => {
      const spent = spend(world, chance);
      if (spent !== undefined) happenings.push({ label, world: { ...spent, kernel: next() } });
    };
    add('wait', 'time passes', () => ({ ...kernel, clock: kernel.clock + 1 }));
    if (hasLock) {
      const without = withoutName(kernel, 'lock');
      add('removeLock', 'the lock is removed', () => without);
      add('remakeLock', 'the lock is made again', () => withNew(without, 'lock', false));
    }
    if (hasProgress) {
      add('remove', 'the file is removed', () => withoutName(kernel, 'progress'));
      add('replace', 'a true copy takes its place', () => replaced(kernel, 'progress', progress));
    }
    if (hasProgress && contents.lengthOf(this.#oldProgress) > 0) {
      const old = replaced(kernel, 'progress', this.#oldProgress);
      add('restore', 'an older copy takes its place', () => old);
      add('restoreInPlace', 'an older copy is written over it', () =>
        overwritten(kernel, 'progress', this.#oldProgress),
      );
      add('rollBack', 'all is put back', () => replaced(old, 'audit', this.#oldTrail));
    }
    return happenings;
  }

  /** A further start, long after, hands out larger numbers or none at all. */
  async #judgeEnd(world: OwnershipWorld): Promise<void> {
    const { clock } = world.kernel;
    const later = { ...world, kernel: { ...world.kernel, clock: clock + 100 } };
    const key = kernelKey(later.kernel) + String(world.handed.at(-1)?.last);
    if (this.#judged.has(key)) return;
    this.#judged.add(key);
    const { handed } = await this.#alone(later, after, this.#heir);
    const heirs = handed.find(({ actor }) => actor === after);
    if (heirs !== undefined && heirs !== handed.at(-1)) {
      throw new Violation(`a further start hands out ${heirs.first}, which is not above all others`);
    }
  }
}

const nothing: KernelAnswer = { kind: 'number', number: 0 };

function spend(world: OwnershipWorld, chance: keyof Chances): OwnershipWorld | undefined {
  const left = world.chances[chance];
  if (left === 0) return undefined;
  return { ...world, chances: { ...world.chances, [chance]: left - 1 } };
}

function contentOf(kernel: KernelState, name: string): number {
  return kernel.inodes[kernel.names[name] ?? 0]?.bytes ?? 0;
}

/** As by rename(2): another inode under the name. */
function replaced(kernel: KernelState, name: string, bytes: number): KernelState {
  return overwritten(withNew(withoutName(kernel, name), name, true), name, bytes);
}

function overwritten(kernel: KernelState, name: string, bytes: number): KernelState {
  const ino = kernel.names[name] ?? 0;
  const inode = kernel.inodes[ino];
  return inode === undefined ? kernel : withInode(kernel, ino, { ...inode, bytes });
}

/**
 * Calls that others cannot tell from being made together with the one before them: the clock, looks at
 * an open descriptor (whose inode stays the same, and whose links are looked at first thing after a
 * call that changes nothing), and what is done to the open audit trail beside writing a line.
 */
function isQuiet({ kernel }: OwnershipWorld, actor: number, call: OwnerCall): boolean {
  switch (call.call) {
    case 'now':
    case 'fstat':
      return true;
    case 'open':
      return call.name === 'confdir';
    case 'flush':
    case 'close':
    case 'read':
    case 'truncate': {
      const ino = kernel.open[`${actor}/${call.fd}`];
      return ino === kernel.names.audit || ino === kernel.names.confdir;
    }
    default:
      return false;
  }
}

function answerKey(answer: KernelAnswer): string {
  switch (answer.kind) {
    case 'error':
      return answer.code;
    case 'number':
      return `${answer.number}`;
    case 'bytes':
      return `b${answer.bytes}`;
    case 'status': {
      const { ino, links, size, mtimeMs } = answer.status;
      return `s${ino},${links},${size},${mtimeMs}`;
    }
  }
}

function keyOf({ kernel, handed, chances, started }: OwnershipWorld): string {
  const ranges = handed.map(({ first, last, actor }) => `${first}-${last}:${actor}`);
  return [kernelKey(kernel), ranges.join(' '), Object.values(chances).join(''), started].join('|');
}

function labelOf(call: OwnerCall): string {
  switch (call.call) {
    case 'turn':
      return `begins to ${call.to}`;
    case 'timer':
      return 'its timer comes';
    case 'link':
      return `link ${call.to}`;
    case 'write':
      return `write ${call.fd} at ${call.at}`;
    default:
      return 'name' in call ? `${call.call} ${call.name}` : 'fd' in call ? `${call.call} ${call.fd}` : call.call;
  }
}
