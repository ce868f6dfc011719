/**
 * The world that owners of one progress file compete in: the kernel, what others do to the files, and
 * the promise, checked at every number that is handed out.
 */

import type { Moment } from './behaviour.js';
import { type Happening, type Model, Violation } from './explore.js';
import {
  type Backup,
  type Chances,
  contentOf,
  foreignDeeds,
  noChances,
  spend,
} from './foreign-hands.js';
import { Kernel, type KernelAnswer, type Lacks } from './kernel.js';
import { emptyState, type KernelState, kernelKey, withNew, withoutActor } from './kernel-state.js';
import { after, before, type Owners } from './owners.js';
import type { OwnerCall, OwnerTold } from './program-calls.js';

export interface OwnershipOptions {
  /** Ways to end that are proper here, beside those that always are. */
  readonly moreEnds?: readonly string[];
  /** Who competes, and how many of them. */
  readonly owners: Owners;
  readonly count: number;
  readonly chances?: Partial<Chances>;
  readonly lacks?: Lacks;
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

export class Ownership {
  readonly #kernel: Kernel;
  readonly #options: OwnershipOptions;
  readonly #judged = new Set<string>();
  /** How owners have ended, over all schedules. */
  readonly ends = new Map<string, number>();
  #backup: Backup | undefined;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#kernel = new Kernel(options.owners.contents, options.lacks);
  }

  /** Starts from a file that has been owned twice, or from none. */
  async model(): Promise<Model<OwnershipWorld, OwnerCall, KernelAnswer, OwnerTold>> {
    const { owners, count, isFirst, chances } = this.#options;
    const start: OwnershipWorld = {
      kernel: withNew(emptyState, 'confdir', false),
      handed: [],
      chances: { ...noChances, ...chances },
      started: 0,
    };
    return {
      actors: Array.from({ length: count }, (_, actor) => owners.behaviour(actor)),
      world: isFirst ? start : await this.#past(start),
      keyOf,
      labelOf,
      perform: (from, actor, call) => this.#perform(from, actor, call),
      isQuiet,
      hear: (from, actor, told) => this.#hear(from, actor, told),
      leave: (from, actor) => ({ ...from, kernel: withoutActor(from.kernel, actor) }),
      happenings: (from, isThere) => [...kills(from, isThere), ...foreignDeeds(from, this.#backup)],
      judgeEnd: (from) => this.#judgeEnd(from),
    };
  }

  async #past(start: OwnershipWorld): Promise<OwnershipWorld> {
    const once = await this.#alone(start, before);
    const { kernel } = once;
    this.#backup = { progress: contentOf(kernel, 'progress'), trail: contentOf(kernel, 'audit') };
    return await this.#alone(once, before);
  }

  /** Lets one owner go on undisturbed until it ends, or has nothing more to do. */
  async #alone(from: OwnershipWorld, actor: number): Promise<OwnershipWorld> {
    const owner = this.#options.owners.behaviour(actor);
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
      const spent = this.#isLookWorthwhile(world) ? spend(world, 'refresh') : undefined;
      return spent && { world: spent, answer: nothing, key: '' };
    }
    const [kernel, answer] = this.#kernel.perform(world.kernel, actor, call);
    return { world: { ...world, kernel }, answer, key: answerKey(answer) };
  }

  /** One that finds nothing wrong only makes the lock younger: left out where no time passes. */
  #isLookWorthwhile({ chances }: OwnershipWorld): boolean {
    const all = { ...noChances, ...this.#options.chances };
    const wasTouched = chances.removeLock + chances.remakeLock < all.removeLock + all.remakeLock;
    return wasTouched || all.wait > 0;
  }

  #hear(world: OwnershipWorld, actor: number, told: OwnerTold): OwnershipWorld {
    if (told.kind === 'ended') {
      if (![...properEnds, ...(this.#options.moreEnds ?? [])].includes(told.how))
        throw new Violation(`an owner ends as "${told.how}"`);
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

  /** A further start, long after, hands out larger numbers or none at all. */
  async #judgeEnd(world: OwnershipWorld): Promise<void> {
    const { clock } = world.kernel;
    const later = { ...world, kernel: { ...world.kernel, clock: clock + 100 } };
    const key = kernelKey(later.kernel) + String(world.handed.at(-1)?.last);
    if (this.#judged.has(key)) return;
    this.#judged.add(key);
    const { handed } = await this.#alone(later, after);
    const heirs = handed.find(({ actor }) => actor === after);
    if (heirs !== undefined && heirs !== handed.at(-1)) {
      throw new Violation(
        `a further start hands out ${heirs.first}, which is not above all others`,
      );
    }
  }
}

const nothing: KernelAnswer = { kind: 'number', number: 0 };

function kills(world: OwnershipWorld, isThere: readonly boolean[]): Happening<OwnershipWorld>[] {
  return isThere.flatMap((there, actor) => {
    const spent = there && actor < world.started ? spend(world, 'kill') : undefined;
    return spent ? [{ label: `${actor + 1} is killed`, world: spent, killed: actor }] : [];
  });
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

function fileOf(kernel: KernelState, actor: number, fd: number): string {
  const ino = kernel.open[`${actor}/${fd}`];
  const name = Object.entries(kernel.names).find(([, named]) => named === ino)?.[0];
  return name ?? 'a file without a name';
}

function labelOf({ kernel }: OwnershipWorld, actor: number, call: OwnerCall): string {
  if (call.call === 'turn') return call.to;
  if (call.call === 'timer') return 'its timer comes';
  if (call.call === 'link') return `link ${call.to}`;
  if ('name' in call) return `${call.call} ${call.name}`;
  return 'fd' in call ? `${call.call} ${fileOf(kernel, actor, call.fd)}` : call.call;
}
