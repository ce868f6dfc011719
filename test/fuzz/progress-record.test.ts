/**
 * Damage to the progress file, whatever it is: it is refused, or nothing is handed out twice.
 *
 * What is out of reach of the file alone: a slot that is once more what it was before its last write
 * (a disk that calls a write durable and loses it), or two slots that are older both (a copy from
 * before). Those the audit trail knows of, if there was an event since.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseSlot, positionOf, type SlotChoice } from '../../src/progress/file/choice.js';
import { chooseRecord } from '../../src/progress/file/content.js';
import { decodeSlot, slotBytes } from '../../src/progress/file/record.js';
import { numberAt, type Progression } from '../../src/sequence/progression.js';
import { simulateSequence } from '../simulation/open-sequence.js';
import { SimulatedDisk } from '../simulation/simulated-disk.js';
import { parametersOf, progressionOf, recordOf } from '../support/fixtures/progress-fixture.js';
import { slotOf } from '../support/fixtures/slot-text.js';
import { byteEdits, edited } from './byte-edits.js';
import { fuzz } from './fuzz.js';

/** The file as it was at one moment, and the smallest number that had not been handed out then. */
interface Snapshot {
  readonly image: Buffer;
  readonly free: bigint;
}

interface History {
  readonly progression: Progression;
  readonly snapshots: readonly Snapshot[];
  /** Snapshots to damage, by index: clean stops often, since only they are taken at their word. */
  readonly moments: readonly number[];
}

/** Starts of one instance, every other one killed: the file before every write, and at every stop. */
async function live(progression: Progression): Promise<History> {
  const record = recordOf({ next: progression.instance, parameters: parametersOf(progression) });
  const disk = SimulatedDisk.created(record);
  const snapshots: Snapshot[] = [];
  const stops: number[] = [];
  let free = progression.instance;
  const keep = () => snapshots.push({ image: disk.cached, free });
  disk.beforeStep = ({ call }) => {
    if (call === 'write') keep();
  };
  for (const [turn, count] of [1, 70_000, 5, 900_000, 999_999, 65_537, 3, 12].entries()) {
    const sequence = await simulateSequence(disk, progression);
    free = sequence.take(count).last + progression.increment;
    await sequence.reserveAhead(300_000);
    free = sequence.take(count).last + progression.increment;
    if (turn % 2 === 1) continue;
    await sequence.close();
    stops.push(snapshots.length);
    keep();
  }
  const often = Array<readonly number[]>(10).fill(stops).flat();
  return { progression, snapshots, moments: [...snapshots.keys(), ...often] };
}

const histories = await Promise.all(
  [
    progressionOf(),
    progressionOf({ instance: 4n, increment: 5n }),
    progressionOf({ increment: 32_767n }),
  ].map(live),
);

/** Where the numbers of a record are, which the planted checksum does not cover. */
const [maskStart, maskEnd] = [34, 110];

/** What happened to one slot; `back` counts snapshots, `sectors` are the eight of a slot. */
type SlotFate =
  | { readonly kind: 'kept' }
  | { readonly kind: 'edited'; readonly edits: Parameters<typeof edited>[1] }
  | { readonly kind: 'digit'; readonly at: number; readonly digit: number }
  | { readonly kind: 'older'; readonly back: number; readonly slot: number }
  | {
      readonly kind: 'spliced';
      readonly back: number;
      readonly slot: number;
      readonly sectors: readonly boolean[];
    };

const back = fc.nat(6);
const slot = fc.nat(1);
const fate: fc.Arbitrary<SlotFate> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'kept' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('edited' as const), edits: byteEdits(3, maskEnd) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('digit' as const),
      at: fc.integer({ min: maskStart, max: maskEnd - 1 }),
      digit: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('older' as const), back, slot }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('spliced' as const),
      back,
      slot,
      sectors: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    }),
  },
);

const damages = fc.record({
  history: fc.nat(histories.length - 1),
  at: fc.nat(10_000),
  fates: fc.tuple(fate, fate),
  areSwapped: fc.boolean(),
  /** Bytes that are missing at the end, of the file or of its beginning. */
  cut: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 8192 })),
});

function slotsOf(image: Buffer): [Buffer, Buffer] {
  return [image.subarray(0, slotBytes), image.subarray(slotBytes)];
}

function damagedSlot(slots: readonly Snapshot[], at: number, own: number, fate: SlotFate): Buffer {
  const slotAt = (moment: number, place: number) => {
    const { image } = slots[Math.max(moment, 0)] ?? assert.fail('no such moment');
    return slotsOf(image)[place] ?? assert.fail('no such slot');
  };
  const kept = slotAt(at, own);
  if (fate.kind === 'kept') return kept;
  if (fate.kind === 'edited') return edited(kept, fate.edits);
  if (fate.kind === 'digit') return withDigit(kept, fate.at, fate.digit);
  const older = slotAt(at - fate.back, fate.slot);
  if (fate.kind === 'older') return older;
  const sectors = fate.sectors.map((isOlder, sector) => {
    return (isOlder ? older : kept).subarray(sector * 512, (sector + 1) * 512);
  });
  return Buffer.concat(sectors);
}

/** A digit in the place of another one. */
function withDigit(slot: Buffer, at: number, digit: number): Buffer {
  const copy = Buffer.from(slot);
  const isDigit = /\d/.test(String.fromCharCode(copy[at] ?? 0));
  if (isDigit) copy.write(String(digit), at, 'latin1');
  return copy;
}

type Choose = (bytes: Uint8Array) => SlotChoice;

function masked(bytes: Uint8Array): string {
  return Buffer.from(bytes).fill(0, maskStart, maskEnd).toString('latin1');
}

const knownSlots = new Set(
  histories.flatMap(({ snapshots }) =>
    snapshots.flatMap(({ image }) => slotsOf(image).map(masked)),
  ),
);

/** Decodes a slot that is good but for the bytes behind the mask as if its checksum held. */
function decodeLeniently(bytes: Buffer) {
  if (bytes.length !== slotBytes || !knownSlots.has(masked(bytes))) return decodeSlot(bytes);
  const text = bytes.toString('latin1');
  return decodeSlot(slotOf(text.slice(text.indexOf('\n') + 1, -1)));
}

fuzz('whatever happens to the progress file, it is refused or repeats no number', {
  cases: damages,
  runs: 5000,
  target: chooseRecord as Choose,
  canary: {
    bug: 'a checksum that leaves out the numbers',
    target: (bytes) => {
      const [first, second] = slotsOf(Buffer.from(bytes));
      return chooseSlot(decodeLeniently(first), decodeLeniently(second));
    },
  },
  check: ({ history, at, fates, areSwapped, cut }, choose) => {
    const { progression, snapshots, moments } =
      histories[history] ?? assert.fail('no such history');
    const moment = moments[at % moments.length] ?? assert.fail('no moments');
    const { image, free } = snapshots[moment] ?? assert.fail('no such moment');
    const slots = fates.map((one, place) => damagedSlot(snapshots, moment, place, one));
    const bytes = Buffer.concat(areSwapped ? slots.reverse() : slots);
    const file = bytes.subarray(0, bytes.length - cut);
    if (isOutOfReach(file, image, snapshots.slice(0, moment))) return;
    const chosen = choose(file);
    if ('unusable' in chosen) return;
    const next = numberAt(progression, positionOf(chosen, progression).index);
    assert.ok(next >= free, `${next} is handed out again: ${free} is the next`);
  },
});

/** An older state as a whole, or one of which nothing is left of the newest. */
function isOutOfReach(file: Buffer, image: Buffer, before: readonly Snapshot[]): boolean {
  const found = slotsOf(file);
  const isWhole = (slot: Buffer) => slotsOf(image).some((one) => one.equals(slot));
  const earlier = before.map((snapshot) => slotsOf(snapshot.image));
  const isEarlier = earlier.some((pair) =>
    pair.every((one) => found.some((slot) => slot.equals(one))),
  );
  return isEarlier || !found.some(isWhole);
}
