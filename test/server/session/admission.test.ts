import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { newEpoll, Poller } from '../../../src/libc/epoll.js';
import { newEvent } from '../../../src/libc/event.js';
import { Refusals } from '../../../src/server/refusals/refusals.js';
import { SessionAdmission } from '../../../src/server/session/admission.js';
import { SessionSlots } from '../../../src/server/session/slots.js';
import { Tally } from '../../../src/server/shared/tally.js';

function admissionOf(poller: Poller, sessionsMax: number) {
  const sum = Tally.allocate(1);
  const tally = sum.ofThread(0);
  const [slots] = SessionSlots.allocate(1, sessionsMax);
  assert.ok(slots);
  const refusals = new Refusals(tally, () => {});
  const counts = () => [sum.sum('sessions'), sum.sum('too_many_sessions'), sum.sum('shortage')];
  const admission = new SessionAdmission({ slots, pollers: [poller], tally, refusals });
  return { admission, slots, counts };
}

test('a connection that epoll does not take is closed and counted, and gives its slot back', (t) => {
  // No epoll instance, so it takes nothing, as one does that the kernel has no memory for.
  const none = openSync('/dev/null', 'r');
  t.after(() => closeSync(none));
  const { admission, slots, counts } = admissionOf(new Poller(none), 1);
  for (let turn = 1; turn <= 3; turn++) {
    const connection = openSync('/dev/null', 'r');
    admission.admit(connection);
    assert.throws(() => fstatSync(connection), { code: 'EBADF' });
    assert.equal(slots.taken, 0);
    assert.deepEqual(counts(), [0, 0, turn]);
  }
});

test('one that finds room is told to its thread at once, and one beyond it is closed', (t) => {
  const epoll = newEpoll();
  t.after(() => closeSync(epoll));
  const poller = new Poller(epoll);
  const { admission, slots, counts } = admissionOf(poller, 1);
  const [first, second] = [newEvent(), newEvent()];
  t.after(() => closeSync(first));
  admission.admit(first);
  assert.deepEqual([counts(), slots.taken], [[1, 0, 0], 1]);
  assert.equal(poller.wait(0), 1);
  assert.equal(poller.readyFd(0), first);
  assert.equal(poller.wait(0), 0, 'and once only');
  admission.admit(second);
  assert.deepEqual([counts(), slots.taken], [[1, 1, 0], 1]);
  assert.throws(() => fstatSync(second), { code: 'EBADF' });
});
