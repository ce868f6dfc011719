import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuditEvent,
  decodeEvent,
  encodeEvent,
  hashLine,
} from '../../../src/progress/trail/event.js';
import { entryOf } from '../../support/fixtures/progress-fixture.js';

const event: AuditEvent = {
  ...entryOf({
    event: 'accepted',
    next: String(2n ** 64n - 2n),
    changes: [{ name: 'allow', from: null, to: ['10.0.0.0/8', 'line\nbreak'], origin: '-allow' }],
    reason: 'parameters differ',
  }),
  previous: '0'.repeat(64),
};

test('an event comes back from its one line', () => {
  const line = encodeEvent(event);
  assert.equal(line.indexOf('\n'), line.length - 1);
  assert.deepEqual(decodeEvent(line.slice(0, -1)), event);
});

test('the hash of a line is the SHA-256 that sha256sum prints', () => {
  const expected = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  assert.equal(hashLine('hello'), expected);
});

test('what is not an event is not read as one', () => {
  for (const line of [
    '',
    ' ',
    'null',
    '[]',
    '7',
    '"event"',
    '{}',
    '{',
    encodeEvent(event).slice(2),
  ]) {
    assert.equal(decodeEvent(line), undefined, line);
  }
});

test('a field that is missing or of another kind shows', () => {
  const faults: [keyof AuditEvent, unknown[]][] = [
    ['time', [undefined, 5]],
    ['event', [undefined, null]],
    ['generation', [undefined, '1', 1.5, 2 ** 53]],
    ['next', [undefined, 1, '-1', '1.5', '0x10', '', '1'.repeat(31)]],
    ['reserved', [undefined, 1, 'none']],
    ['changes', [undefined, {}, null]],
    ['parameters', [undefined, null, 'none']],
    ['previous', [undefined, 0]],
  ];
  for (const [name, values] of faults) {
    for (const value of values) {
      const line = JSON.stringify({ ...event, [name]: value });
      assert.equal(decodeEvent(line), undefined, `${name} ${value}`);
    }
  }
});

test('bytes that are no UTF-8 are no event, since other bytes would read the same', () => {
  const bytes = Buffer.from(encodeEvent(event)).subarray(0, -1);
  assert.deepEqual(decodeEvent(bytes), event);
  const at = bytes.indexOf('10.0.0.0');
  for (const byte of [0x80, 0xc0, 0xff]) {
    assert.equal(decodeEvent(Buffer.from(bytes).fill(byte, at, at + 1)), undefined);
  }
});
