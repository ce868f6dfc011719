import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecord, type ProgressRecord, slotBytes } from '../../src/progress/file/record.js';
import { knowledgeOf } from '../../src/progress/knowledge.js';
import type { AuditEvent } from '../../src/progress/trail/event.js';
import { entryOf, recordOf } from '../support/fixtures/progress-fixture.js';
import { slotOf } from '../support/fixtures/slot-text.js';

const high = 65536n;
const damaged = Buffer.alloc(slotBytes, '?');

/** A record under which numbers up to `reserved` may be out, and up to `ceiling` under the one after it. */
function busy(generation: number, reserved: bigint, changes: Partial<ProgressRecord> = {}): Buffer {
  const ceiling = reserved + 16n * high;
  return encodeRecord(recordOf({ generation, reserved, ceiling, clean: false, ...changes }));
}

function eventOf(generation: number, next: bigint, reserved: bigint): AuditEvent {
  return { ...entryOf({ generation, next: `${next}`, reserved: `${reserved}` }), previous: '' };
}

/** Of a file of these parts, with a trail that knows nothing; its parameters have a test of their own. */
function known(...parts: readonly Uint8Array[]) {
  return knownWith(undefined, ...parts);
}

function knownWith(event: AuditEvent | undefined, ...parts: readonly Uint8Array[]) {
  const { generation, number, slot } = knowledgeOf(
    event === undefined ? [] : [event],
    Buffer.concat(parts),
  );
  return { generation, number, slot };
}

test('with neither file nor trail nothing is known', () => {
  assert.deepEqual(known(), { generation: 0, number: 0n, slot: 1 });
});

test('two neighbours know what the newer one reserved, whatever follows them in the file', () => {
  const rest = [Buffer.alloc(0), Buffer.from('\n'), busy(9, 99n * high)];
  for (const garbage of rest) {
    const newerLast = known(busy(4, high), busy(5, 2n * high), garbage);
    assert.deepEqual(newerLast, { generation: 5, number: 2n * high, slot: 1 });
    const newerFirst = known(busy(6, 3n * high), busy(5, 2n * high), garbage);
    assert.deepEqual(newerFirst, { generation: 6, number: 3n * high, slot: 0 });
  }
});

test('a record without its neighbour knows how far its successor may have gone', () => {
  const alone = { generation: 4, number: 17n * high };
  const others = [damaged, slotOf('', 2), Buffer.alloc(0), Buffer.alloc(100, ' ')];
  for (const other of others) {
    assert.deepEqual(known(busy(4, high), other), { ...alone, slot: 0 });
    if (other.length === slotBytes) assert.deepEqual(known(other, busy(4, high)).slot, 1);
  }
});

test('a file that is cut within the first slot knows nothing', () => {
  assert.equal(known(busy(4, high).subarray(0, slotBytes - 1)).number, 0n);
});

test('two records that are no neighbours both count for all that may have followed them', () => {
  for (const generation of [4, 6, 9]) {
    const both = known(busy(generation, 5n * high), busy(4, 2n * high));
    assert.deepEqual(both, { generation, number: 21n * high, slot: 0 });
  }
});

test('neighbours that the trail knows a later record of count for all that may have followed', () => {
  const slots = [busy(4, high), busy(5, 2n * high)];
  assert.equal(knownWith(eventOf(5, 1n, 0n), ...slots).number, 2n * high);
  const older = knownWith(eventOf(6, 1n, 0n), ...slots);
  assert.deepEqual(older, { generation: 6, number: 18n * high, slot: 1 });
});

test('what an advance has promised counts, although nothing is reserved so far', () => {
  assert.equal(known(damaged, busy(4, high, { next: 10n ** 12n })).number, 10n ** 12n);
});

test('the trail counts for what the file does not know', () => {
  assert.deepEqual(knownWith(eventOf(7, 3n, high), damaged), {
    generation: 7,
    number: high,
    slot: 1,
  });
  assert.equal(knownWith(eventOf(7, 10n ** 12n, high), damaged).number, 10n ** 12n);
  const both = knownWith(eventOf(7, 3n, high), busy(9, 5n * high), damaged);
  assert.deepEqual(both, { generation: 9, number: 21n * high, slot: 0 });
});

test('the parameters are those of the newest record or event', () => {
  const at = (increment: number) => ({ parameters: { increment } });
  const event = { ...eventOf(7, 3n, high), ...at(70) };
  const of = (one: number, other: number) =>
    Buffer.concat([busy(one, high, at(one)), busy(other, high, at(other))]);
  assert.equal(knowledgeOf([], damaged).parameters, undefined);
  assert.deepEqual(knowledgeOf([event], damaged).parameters, { increment: 70 });
  for (const [one, other] of [
    [8, 6],
    [6, 8],
    [9, 8],
    [6, 7],
  ] as const) {
    const newest = Math.max(one, other);
    assert.deepEqual(knowledgeOf([event], of(one, other)).parameters, { increment: newest });
  }
  assert.deepEqual(knowledgeOf([event], of(5, 6)).parameters, { increment: 70 });
});

test('what an event before the last one knows counts too', () => {
  const [high9, low] = [eventOf(5, 9n * high, 9n * high), eventOf(6, 3n, high)];
  assert.equal(knowledgeOf([high9, low], damaged).number, 9n * high);
});
