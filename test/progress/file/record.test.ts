import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeSlot,
  encodeRecord,
  type ProgressRecord,
  slotBytes,
} from '../../../src/progress/file/record.js';
import { recordOf } from '../../support/fixtures/progress-fixture.js';
import { slotOf } from '../../support/fixtures/slot-text.js';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const marks = fc.bigInt({ min: 0n, max: 2n ** 48n }).map((high) => high << 16n);
const parameterValues = fc.oneof(
  fc.boolean(),
  fc.integer(),
  text,
  fc.array(text, { maxLength: 4 }),
);
const records: fc.Arbitrary<ProgressRecord> = fc
  .record({
    generation: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    next: fc.bigInt({ min: 0n, max: 2n ** 64n + 32767n }),
    reserved: marks,
    step: marks,
    clean: fc.boolean(),
    since: fc.constant('2026-01-02T03:04:05.678Z'),
    owner: fc.record(
      {
        host: text,
        machine: text,
        boot: text,
        pid: fc.nat(),
        start: text,
        nonce: text,
      },
      { noNullPrototype: true },
    ),
    parameters: fc.dictionary(fc.stringMatching(/^[a-z-]{1,20}$/), parameterValues, {
      maxKeys: 6,
      noNullPrototype: true,
    }),
  })
  .map(({ step, ...record }) => ({ ...record, ceiling: record.reserved + step }));

function bodyOf(record: ProgressRecord): string {
  const slot = encodeRecord(record).toString();
  return slot.slice(slot.indexOf('\n') + 1).trimEnd();
}

test('a record comes back as it was written', () => {
  fc.assert(
    fc.property(records, (record) => {
      const slot = encodeRecord(record);
      assert.equal(slot.length, slotBytes);
      const { kind, ...rest } = decodeSlot(slot);
      assert.equal(kind, 'record');
      assert.deepEqual(rest, { record });
    }),
  );
});

test('every single byte that changes shows, whatever it changes to', () => {
  const slot = encodeRecord(recordOf({ generation: 7, reserved: 65536n, ceiling: 131072n }));
  for (const flip of [0x01, 0x20, 0x80, 0xff]) {
    for (let at = 0; at < slotBytes; at++) {
      const damaged = Buffer.from(slot);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      assert.equal(decodeSlot(damaged).kind, 'damaged', `byte ${at} changed by ${flip}`);
    }
  }
});

test('a slot torn at any sector between two records is damaged or one of them', () => {
  const one = encodeRecord(recordOf({ generation: 7, parameters: { allow: 'a'.repeat(2000) } }));
  const other = encodeRecord(recordOf({ generation: 9, parameters: { allow: 'b'.repeat(2000) } }));
  for (let at = 512; at < slotBytes; at += 512) {
    const torn = Buffer.concat([one.subarray(0, at), other.subarray(at)]);
    const isWhole = torn.equals(one) || torn.equals(other);
    assert.equal(decodeSlot(torn).kind, isWhole ? 'record' : 'damaged', `torn at ${at}`);
  }
});

test('what never was a record is damaged', () => {
  const empty = [Buffer.alloc(0), Buffer.alloc(slotBytes), Buffer.alloc(slotBytes, ' ')];
  const short = encodeRecord(recordOf()).subarray(0, slotBytes - 1);
  for (const slot of [...empty, short]) assert.equal(decodeSlot(slot).kind, 'damaged');
});

test('bytes in the middle of a larger buffer are read from their own place', () => {
  const record = recordOf({ generation: 3 });
  const both = Buffer.concat([Buffer.alloc(slotBytes, '!'), encodeRecord(record)]);
  assert.deepEqual(decodeSlot(both.subarray(slotBytes)), { kind: 'record', record });
});

test('cat shows the record as text, one field a line', () => {
  const slot = encodeRecord(recordOf({ next: 65537n, reserved: 131072n, ceiling: 1048576n }));
  const shown = slot.toString('ascii');
  assert.match(shown, /^txnid-progress 1 crc32 [0-9a-f]{8}\n/);
  for (const line of ['generation 1', 'next 65537', 'reserved 131072', 'ceiling 1048576']) {
    assert.ok(shown.includes(`\n${line}\n`), line);
  }
  assert.ok(shown.includes('\nclean yes\n') && shown.includes('\nparameter.increment 1\n'));
  assert.equal(shown.at(-1), '\n');
});

test('a record that is too long for its slot is refused, and one that just fits is not', () => {
  const withAllow = (length: number) => recordOf({ parameters: { allow: 'a'.repeat(length) } });
  const room = slotBytes - 1 - encodeRecord(withAllow(0)).toString().trimEnd().length - 1;
  assert.equal(decodeSlot(encodeRecord(withAllow(room))).kind, 'record');
  for (const excess of [1, 2, 100_000]) {
    const message = `a progress record is ${excess} bytes too long for its slot`;
    assert.throws(() => encodeRecord(withAllow(room + excess)), { name: 'RangeError', message });
  }
});

test('fields that a later program of the same version added are ignored', () => {
  const record = recordOf();
  const more = 'flavour strawberry\nowner.colour "red"\nnext!\n';
  const slot = slotOf(`${bodyOf(record)}\n${more}`);
  assert.deepEqual(decodeSlot(slot), { kind: 'record', record });
});

test('a record of a later version is told from a damaged one', () => {
  for (const version of [0, 2, 10, 999_999_999]) {
    const slot = slotOf('anything at all', version);
    assert.deepEqual(decodeSlot(slot), { kind: 'unknown version', version: String(version) });
  }
});

test('a checksum that holds over fields that make no sense does not make a record', () => {
  const body = bodyOf(recordOf({ reserved: 65536n, ceiling: 131072n }));
  const faults: [RegExp, string][] = [
    [/^generation .*$/m, 'generation 0'],
    [/^generation .*$/m, 'generation 1.5'],
    [/^generation .*$/m, 'generation 9007199254740993'],
    [/^next .*$/m, 'next -1'],
    [/^next .*$/m, 'next soon'],
    [/^reserved .*$/m, 'reserved -65536'],
    [/^reserved .*$/m, 'reserved 131073'],
    [/^reserved .*$/m, 'reserved 196608'],
    [/^ceiling .*$/m, 'ceiling 65535'],
    [/^ceiling .*$/m, 'flooring 131072'],
    [/^owner.host .*$/m, 'owner.host unquoted'],
    [/^parameter.increment .*$/m, 'parameter.increment {'],
  ];
  assert.equal(decodeSlot(slotOf(body)).kind, 'record');
  for (const [field, fault] of faults) {
    assert.equal(decodeSlot(slotOf(body.replace(field, fault))).kind, 'damaged', fault);
  }
});

test('a record that lacks any one of its fields is none', () => {
  const lines = bodyOf(recordOf()).split('\n');
  const required = lines.filter((line) => !line.startsWith('parameter.'));
  assert.equal(required.length, 12);
  for (const missing of required) {
    const body = lines.filter((line) => line !== missing).join('\n');
    assert.equal(decodeSlot(slotOf(body)).kind, 'damaged', missing);
  }
});

test('a head of the trail that is no hash is as good as none', () => {
  const headIn = (trailHead: string | undefined) => {
    const slot = decodeSlot(encodeRecord(recordOf({ trailHead })));
    return slot.kind === 'record' ? slot.record.trailHead : assert.fail(slot.kind);
  };
  const hash = 'a1'.repeat(32);
  assert.equal(headIn(hash), hash);
  for (const none of [undefined, '', 'a1', `${hash}a`, hash.toUpperCase()]) {
    assert.equal(headIn(none), undefined);
  }
});
