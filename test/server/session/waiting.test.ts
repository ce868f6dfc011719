import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../../src/server/session/protocol.js';
import { RequestList } from '../../../src/server/session/request-list.js';
import { Session } from '../../../src/server/session/session.js';
import { WaitingSessions } from '../../../src/server/session/waiting.js';

const large = 1_000_000;

/** A session that waits for so many numbers, in requests of `count`. */
function sessionOf(fd: number, count: number, requests = 1): Session<number> {
  const session = new Session(fd, 0, 0);
  const list = new RequestList(new Int32Array(16));
  for (let left = requests; left > 0; left--) list.addRange(count);
  session.requests = list.rest();
  return session;
}

/** Serves out of `room.left` numbers, one request at a time; who was served, by descriptor. */
function serveOut(
  waiting: WaitingSessions<Session<number>>,
  nowMs: number,
  room: { left: number },
): number[] {
  const served: number[] = [];
  waiting.serve(
    nowMs,
    () => room.left,
    (session, requests): Progress => {
      if (requests.nextNumbers > room.left) {
        waiting.addShort(session);
        return 'short';
      }
      room.left -= Math.abs(requests.takeNext());
      served.push(session.fd);
      if (requests.isAnswered) {
        waiting.remove(session);
        return 'all';
      }
      waiting.add(session);
      return 'part';
    },
  );
  return served;
}

test('those that wait get a part each, and go behind the others', () => {
  const waiting = new WaitingSessions<Session<number>>();
  for (const session of [sessionOf(1, large, 3), sessionOf(2, large, 1), sessionOf(3, large, 2)])
    waiting.add(session);
  assert.equal(waiting.size, 3);
  const room = { left: 100 * large };
  assert.deepEqual(serveOut(waiting, 0, room), [1, 2, 3]);
  assert.deepEqual(serveOut(waiting, 1, room), [1, 3]);
  assert.deepEqual(serveOut(waiting, 2, room), [1]);
  assert.equal(waiting.size, 0);
  assert.equal(waiting.delayMs(3), undefined);
});

test('after a shortage nothing is tried until there is a change', () => {
  const waiting = new WaitingSessions<Session<number>>();
  waiting.add(sessionOf(1, large));
  assert.equal(waiting.delayMs(0), 0);
  assert.deepEqual(serveOut(waiting, 0, { left: 10 }), []);
  assert.equal(waiting.delayMs(0), undefined);
  assert.deepEqual(serveOut(waiting, 0, { left: 10 * large }), [], 'nobody has said so');
  waiting.changed();
  assert.equal(waiting.delayMs(0), 0);
  assert.deepEqual(serveOut(waiting, 0, { left: 10 * large }), [1]);
});

test('a large request does not overtake another one, a small one does', () => {
  const waiting = new WaitingSessions<Session<number>>();
  waiting.add(sessionOf(1, large));
  waiting.add(sessionOf(2, 9000));
  waiting.add(sessionOf(3, 8192));
  assert.deepEqual(serveOut(waiting, 0, { left: 20_000 }), [3]);
  assert.equal(waiting.size, 2);
});

test('where not even a small one fits, nobody behind it is tried', () => {
  const waiting = new WaitingSessions<Session<number>>();
  waiting.add(sessionOf(1, 100));
  waiting.add(sessionOf(2, 5));
  assert.deepEqual(serveOut(waiting, 0, { left: 10 }), []);
});

test('one thread leaves a quarter of the room to the others, and takes of it a little later', () => {
  const waiting = new WaitingSessions<Session<number>>();
  for (let fd = 1; fd <= 8; fd++) waiting.add(sessionOf(fd, large));
  const room = { left: 8 * large };
  assert.deepEqual(serveOut(waiting, 10, room), [1, 2, 3, 4, 5, 6]);
  assert.equal(waiting.delayMs(10), 1);
  assert.deepEqual(serveOut(waiting, 10, room), []);
  assert.equal(waiting.delayMs(11), 0);
  assert.deepEqual(serveOut(waiting, 11, room), [7, 8]);
  for (let fd = 1; fd <= 8; fd++) waiting.add(sessionOf(fd, large));
  serveOut(waiting, 20, { left: 8 * large });
  waiting.changed();
  assert.equal(waiting.delayMs(20), 0, 'a change is a reason to look at once');
});

test('who leaves takes its shortage along', () => {
  const waiting = new WaitingSessions<Session<number>>();
  const [gone, next] = [sessionOf(1, large), sessionOf(2, large)];
  waiting.add(gone);
  serveOut(waiting, 0, { left: 0 });
  assert.equal(waiting.delayMs(0), undefined);
  waiting.remove(gone);
  waiting.add(next);
  assert.equal(waiting.delayMs(0), 0);
});
