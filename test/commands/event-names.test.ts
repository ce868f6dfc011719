import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventFlagValues, eventNamesIn } from '../../src/commands/event-names.js';

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
