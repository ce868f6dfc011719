import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { Poller } from '../../src/libc/epoll.js';
import { Refusals } from '../../src/server/refusals.js';
import { SessionAdmission } from '../../src/server/session-admission.js';
import { SessionSlots } from '../../src/server/session-slots.js';
import { Tally } from '../../src/server/tally.js';

test('a connection that epoll does not take is closed and counted, and gives its slot back', (t) => {
  // No epoll instance, so it takes nothing, as one does that the kernel has no memory for.
  const none = openSync('/dev/null', 'r');
  t.after(() => closeSync(none));
  const sum = Tally.allocate(1);
  const tally = sum.ofThread(0);
  const slots = SessionSlots.allocate(1, 1);
  const refusals = new Refusals(
    tally,
    () => {},
    () => 0,
  );
  const admission = new SessionAdmission({ slots, pollers: [new Poller(none)], tally, refusals });
  for (let turn = 1; turn <= 3; turn++) {
    const connection = openSync('/dev/null', 'r');
    admission.admit(connection);
    assert.throws(() => fstatSync(connection), { code: 'EBADF' });
    assert.equal(slots.taken, 0);
    assert.deepEqual([sum.sum('shortage'), sum.sum('sessions')], [turn, 0]);
  }
});
