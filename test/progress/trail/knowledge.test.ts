import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Choice } from '../../../src/progress/file/choice.js';
import type { ProgressRecord } from '../../../src/progress/file/record.js';
import type { AuditEvent, AuditEventName } from '../../../src/progress/trail/event.js';
import {
  floorOf,
  olderThanTrail,
  rebuiltGenerations,
  untoldChanges,
} from '../../../src/progress/trail/knowledge.js';
import { entryOf, recordOf } from '../../support/fixtures/progress-fixture.js';

const high = 65536n;

function choiceOf(changes: Partial<ProgressRecord>, isNeighbourIntact = true): Choice {
  return { record: recordOf(changes), slot: 0, isNeighbourIntact };
}

function eventOf(event: AuditEventName, generation: number, next = 1n): AuditEvent {
  return { ...entryOf({ event, generation, next: String(next) }), previous: '' };
}

test('a file whose generation the trail knows to have been higher is an older copy', () => {
  const five = choiceOf({ generation: 5 });
  assert.equal(olderThanTrail(five, []), undefined);
  assert.equal(olderThanTrail(five, [eventOf('started', 4)]), undefined);
  assert.equal(olderThanTrail(five, [eventOf('started', 5)]), undefined);
  const older = olderThanTrail(five, [eventOf('started', 6)]) ?? '';
  assert.match(older, /^is an older copy: its generation is 5, the audit trail knows 6$/);
});

test('a survivor of one bad slot is not older than the trail for want of the record it lost', () => {
  const survivor = choiceOf({ generation: 5 }, false);
  assert.equal(olderThanTrail(survivor, [eventOf('started', 6)]), undefined);
  assert.match(olderThanTrail(survivor, [eventOf('started', 7)]) ?? '', /older copy/);
});

test('so is one that goes on below a number that any of the last events tells, whatever its generation', () => {
  const events = [eventOf('advanced', 7, 70_000n), eventOf('started', 8, 10n)];
  const exact = (next: bigint) => choiceOf({ generation: 1000, next });
  const older = olderThanTrail(exact(69_999n), events) ?? '';
  assert.match(older, /^is an older copy: it goes on from 69999, the audit trail knows 70000$/);
  assert.equal(olderThanTrail(exact(70_000n), events), undefined);
  const crashed = (reserved: bigint) =>
    choiceOf({ generation: 1000, next: 1n, reserved, ceiling: 9n * high, clean: false });
  assert.match(olderThanTrail(crashed(high), events) ?? '', /goes on from 65536/);
  assert.equal(olderThanTrail(crashed(2n * high), events), undefined);
  const survivor = { ...crashed(high), isNeighbourIntact: false };
  assert.equal(olderThanTrail(survivor, events), undefined, 'it goes on from its ceiling');
});

test('a first event is no proof: it was told of a file that was read, perhaps from the page cache only', () => {
  const created = eventOf('created', 1, 232_771n);
  const choice = choiceOf({ generation: 1, next: 32_767n });
  assert.equal(olderThanTrail(choice, [created]), undefined);
  assert.equal(floorOf([created]), 232_771n, 'but a new file goes on above it');
  const started = eventOf('started', 1, 232_771n);
  assert.match(olderThanTrail(choice, [created, started]) ?? '', /older copy/);
});

test('what was told of a record that may have been lost or undone since is no floor', () => {
  const names = ['refused', 'truncation found', 'crash found', 'change found'] as const;
  const events = names.map((name) => eventOf(name, 1, 50n));
  assert.equal(floorOf(events), 0n);
  assert.equal(floorOf([...events, eventOf('started', 1, 40n)]), 40n);
});

test('what the record says otherwise than the last event is found', () => {
  const parameters = { instance: 1, increment: 1 };
  const told = (event: AuditEventName, next = 9n) => [eventOf(event, 5, next)];
  const changesOf = (record: Partial<ProgressRecord>, events: readonly AuditEvent[]) =>
    untoldChanges(choiceOf({ generation: 7, next: 9n, parameters, ...record }), events);
  assert.deepEqual(changesOf({}, []), [], 'nothing was ever told');
  assert.deepEqual(changesOf({}, told('stopped')), []);
  const other = { ...parameters, increment: 3, threads: 2 };
  const increment = { name: 'increment', from: 1, to: 3 };
  assert.deepEqual(changesOf({ parameters: other }, told('started')), [increment]);
  const far = rebuiltGenerations + 5;
  const owned = { generation: far + 2, next: 12n, clean: false };
  assert.deepEqual(changesOf(owned, [eventOf('started', far, 9n)]), [], 'that is an owner at work');
  const refused = eventOf('refused', 5, 9n);
  const later = { ...refused, parameters: other };
  assert.deepEqual(changesOf({ parameters: other }, [...told('started'), later]), [increment]);
  const moved = [{ name: 'next', from: '9', to: '12' }];
  for (const event of ['created', 'stopped', 'accepted', 'advanced'] as const) {
    assert.deepEqual(changesOf({ next: 12n }, told(event)), moved, event);
  }
  const undone = { ...eventOf('crash found', 6, 12n), parameters: other };
  assert.deepEqual(
    changesOf({}, [...told('stopped'), undone]),
    [],
    'of a decision that was undone',
  );
  assert.deepEqual(changesOf({ next: 12n }, told('started')), [], 'it has handed out numbers');
  const crashed = { next: 12n, clean: false, reserved: high, ceiling: high };
  assert.deepEqual(changesOf(crashed, told('stopped')), [], 'so has this one');
  const rebuilt = { next: 12n, generation: 5 + rebuiltGenerations };
  assert.deepEqual(changesOf(rebuilt, told('started')), moved, 'it was made anew');
});
