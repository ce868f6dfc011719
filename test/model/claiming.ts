/** The memory that the threads of one owner share, and the promise, checked at every claim. */

import type { ThreadCall, ThreadTold } from './atomic-calls.js';
import { Behaviour } from './behaviour.js';
import { claimant, type MainOptions, mainThread } from './claimants.js';
import { type Model, Violation } from './explore.js';

export interface ClaimingOptions {
  /** What each serving thread claims, claim by claim. */
  readonly claims: readonly (readonly number[])[];
  readonly main?: MainOptions;
  /** What is broken in this memory, to see whether that is found. */
  readonly broken?: 'exchange' | 'notify';
  /** Whether the stop comes only once all have what they claim: until then nothing but the owner wakes them. */
  readonly stopsLast?: boolean;
  /** Whether some numbers may be left out: a lease that others overtook is not given back. */
  readonly mayBurn?: boolean;
}

interface ClaimingWorld {
  readonly words: Readonly<Record<string, bigint>>;
  readonly asleep: readonly number[];
  /** Counts that the owner was asked to reserve for. */
  readonly messages: readonly number[];
  readonly claimed: readonly { readonly first: bigint; readonly end: bigint }[];
  /** Whether numbers may be asked for, and the threads that ask: in order, as they are all alike. */
  readonly isOpen: boolean;
  readonly begun: number;
  /** Serving threads that still run. */
  readonly serving: number;
  readonly saved: bigint | undefined;
}

const mainActor = 0;
const limitWord = 'index 1';
/** Only the main thread writes these, so when it reads them makes no difference. */
const ownersWords = [limitWord, 'index 2', 'index 3'];

type ClaimingModel = Model<ClaimingWorld, ThreadCall, bigint, ThreadTold>;

export function claimingModel(options: ClaimingOptions): ClaimingModel {
  const { claims, main } = options;
  return {
    actors: [
      new Behaviour(mainThread(main)),
      ...claims.map((counts) => new Behaviour(claimant(counts))),
    ],
    world: {
      words: { 'index 0': 0n, [limitWord]: 0n, 'index 2': 0n, 'index 3': 0n },
      asleep: [],
      messages: [],
      claimed: [],
      isOpen: false,
      begun: 0,
      serving: claims.length,
      saved: undefined,
    },
    keyOf,
    labelOf: (_world, _actor, call) => ('word' in call ? `${call.call} ${call.word}` : call.call),
    perform: (world, actor, call) => perform(world, actor, call, options),
    isQuiet: (_world, actor, call) =>
      actor === mainActor && call.call === 'load' && ownersWords.includes(call.word),
    hear: (world, actor, told) => hear(world, actor, told),
    leave: (world, actor) =>
      actor === mainActor ? world : { ...world, serving: world.serving - 1 },
    happenings: () => [],
    judgeEnd: async (world) => judgeEnd(world, options.mayBurn === true),
  };
}

function answered(world: ClaimingWorld, answer: bigint) {
  return { world, answer, key: String(answer) };
}

function perform(
  world: ClaimingWorld,
  actor: number,
  call: ThreadCall,
  { broken, stopsLast = false }: ClaimingOptions,
) {
  const { words, asleep, messages } = world;
  switch (call.call) {
    case 'begin':
      if (!world.isOpen || actor > world.begun + 1) return undefined;
      return answered({ ...world, begun: Math.max(world.begun, actor) }, 0n);
    case 'disk':
      return answered(world, 0n);
    case 'message':
      return nextMessage(world, stopsLast);
    case 'others ended':
      return world.serving === 0 ? answered(world, 0n) : undefined;
    case 'wake':
      return asleep.includes(actor) ? undefined : answered(world, 0n);
    case 'notify': {
      const awake = broken === 'notify' ? world : { ...world, asleep: [] };
      return answered(awake, BigInt(messages.length));
    }
    default: {
      const before = words[call.word] ?? 0n;
      if (call.call === 'doze') {
        if (before !== call.seen) return answered(world, 0n);
        return answered({ ...world, asleep: [...asleep, actor] }, 1n);
      }
      if (call.call === 'load') return answered(world, before);
      const isRefused = call.call === 'exchange' && before !== call.expected;
      if (isRefused && broken !== 'exchange') return answered(world, before);
      const after = call.call === 'add' ? before + call.value : call.value;
      const changed = { ...world, words: { ...words, [call.word]: after } };
      return answered(changed, isRefused ? call.expected : before);
    }
  }
}

/** A request of a thread; or 0, the stop, which comes when nothing else does, be it at once or last. */
function nextMessage(world: ClaimingWorld, stopsLast: boolean) {
  const [count, ...messages] = world.messages;
  if (count !== undefined) return answered({ ...world, messages }, BigInt(count));
  if (stopsLast && world.serving > 0) return undefined;
  return answered(world, 0n);
}

function hear(world: ClaimingWorld, actor: number, told: ThreadTold): ClaimingWorld {
  switch (told.kind) {
    case 'low':
      return { ...world, messages: [...world.messages, told.count] };
    case 'open':
      return { ...world, isOpen: true };
    case 'saved':
      return { ...world, saved: told.next };
    case 'claimed': {
      const { first } = told;
      const end = first + told.count;
      for (const other of world.claimed) {
        if (first < other.end && end > other.first) {
          throw new Violation(`${first} to ${end} is claimed twice, by ${actor} too`);
        }
      }
      if (end > (world.words[limitWord] ?? 0n)) {
        throw new Violation(`${first} to ${end} is claimed and not reserved`);
      }
      const claimed = [...world.claimed, { first, end }];
      return { ...world, claimed: claimed.sort((one, two) => (one.first < two.first ? -1 : 1)) };
    }
  }
}

function judgeEnd({ claimed, saved }: ClaimingWorld, mayBurn: boolean): void {
  if (saved === undefined) throw new Violation('the position was not saved');
  const end = claimed.at(-1)?.end ?? 0n;
  if (saved < end) throw new Violation(`${saved} is saved, ${end} claimed`);
  if (mayBurn) return;
  const total = claimed.reduce((sum, range) => sum + range.end - range.first, 0n);
  if (saved !== total) throw new Violation(`${saved} is saved after ${total} numbers`);
}

function keyOf(world: ClaimingWorld): string {
  const { words, asleep, messages, claimed, isOpen, begun, serving, saved } = world;
  const ranges = claimed.map(({ first, end }) => `${first}-${end}`);
  const memory = Object.entries(words).map((word) => word.join('='));
  return [memory, asleep, messages, ranges, isOpen, begun, serving, saved].join('|');
}
