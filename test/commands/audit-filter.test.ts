import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventFlagValues, eventNamesIn, sinceMs } from '../../src/commands/audit-filter.js';

test('events are named with a space or a hyphen, one or several', () => {
  assert.deepEqual([...eventNamesIn('started')], ['started']);
  assert.deepEqual(
    [...eventNamesIn('crash-found, crash found,refused')],
    ['crash found', 'refused'],
  );
  for (const name of eventFlagValues) assert.equal(eventNamesIn(name).size, 1);
});

test('each name that is none is a fault, with the nearest and all there are', () => {
  assert.throws(
    () => eventNamesIn('strated,started,,zzzzzz'),
    (error: Error & { code: string; faults: { what: string; remedy: string }[] }) => {
      assert.equal(error.code, 'command-line');
      const [first, second, third] = error.faults;
      assert.match(`${first?.what}: ${first?.remedy}`, /^-event is "strated": write started; must/);
      assert.match(`${second?.what}: ${second?.remedy}`, /^-event is "": must be one of created/);
      assert.match(
        `${third?.what}: ${third?.remedy}`,
        /^-event is "zzzzzz": must be one of created/,
      );
      return error.faults.length === 3;
    },
  );
});

const nowMs = Date.parse('2026-03-04T05:06:07.089Z');

test('how long ago counts from now', () => {
  const agoMs = (text: string) => nowMs - sinceMs(text, nowMs);
  assert.equal(agoMs('90s'), 90_000);
  assert.equal(agoMs('30m'), 1_800_000);
  assert.equal(agoMs('2h'), 7_200_000);
  assert.equal(agoMs('7d'), 604_800_000);
  assert.equal(agoMs('4w'), 2_419_200_000);
  assert.equal(agoMs('0s'), 0);
});

test('a date and time is that moment, local without a zone, and a date its first moment', () => {
  const moments: [string, Date][] = [
    ['2026-01-31T18:30Z', new Date('2026-01-31T18:30:00Z')],
    ['2026-01-31T18:30:59.123Z', new Date('2026-01-31T18:30:59.123Z')],
    ['2026-01-31 18:30+02:00', new Date('2026-01-31T16:30:00Z')],
    ['2026-01-31T18:30', new Date(2026, 0, 31, 18, 30)],
    ['2026-01-31', new Date(2026, 0, 31)],
    ['2024-02-29', new Date(2024, 1, 29)],
  ];
  for (const [text, moment] of moments) assert.equal(sinceMs(text, nowMs), moment.getTime(), text);
});

test('anything else is a fault of the command line that says what is allowed', () => {
  const wrong = ['', 'x', '2', '2y', '-2h', '2.5h', '2h30m', '1234567890s', '2026', '2026-1-1'];
  wrong.push(
    '2026-02-30',
    '2026-13-01',
    '2026-01-31T',
    '2026-01-31T25:00',
    '2026-01-31T18',
    '18:30',
  );
  for (const text of [...wrong, '2026-01-31T18:30:61', 'yesterday', '2026-01-31T18:30 CET']) {
    assert.throws(
      () => sinceMs(text, nowMs),
      { code: 'command-line', message: /^-since is ".*": must be a date .* how long ago/ },
      text,
    );
  }
});
