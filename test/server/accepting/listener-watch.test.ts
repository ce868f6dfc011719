/** A listener is left alone while there is nothing to accept with, and watched again after that. */

import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { newEpoll, Poller } from '../../../src/libc/epoll.js';
import { AcceptFailures } from '../../../src/server/accepting/accept-failures.js';
import { ListenerWatch } from '../../../src/server/accepting/listener-watch.js';
import { Gate } from '../../../src/server/shared/gate.js';
import type { ThreadMessage } from '../../../src/server/shared/thread-messages.js';
import { bindTcp } from '../../../src/server/threads/bind.js';

const { EAGAIN, EBADF, EMFILE } = constants.errno;

/** The kernel tells of a client that waits at once; a limit for one that never comes. */
const generousMs = 10_000;

/** A listener that a client waits at, and its watch, which has begun. */
async function watched(context: TestContext) {
  const listener = bindTcp('127.0.0.1', 0, 'non-blocking');
  listener.listen();
  const epoll = newEpoll();
  const client = connect(listener.port, '127.0.0.1').on('error', () => {});
  context.after(() => {
    client.destroy();
    listener.close();
    closeSync(epoll);
  });
  await new Promise((resolve) => client.once('connect', resolve));
  const poller = new Poller(epoll);
  const told: ThreadMessage[] = [];
  const gate = new Gate();
  const failures = new AcceptFailures((message) => told.push(message));
  const watch = new ListenerWatch({ poller, listenerFd: listener.fd, failures, gate });
  watch.begin();
  return { watch, gate, told, ready: (waitMs = 0) => poller.wait(waitMs) };
}

test('a shortage pauses the watch until its time is over, ever longer', async (context) => {
  const { watch, told, ready } = await watched(context);
  assert.equal(ready(generousMs), 1);
  assert.equal(watch.pauseLeftMs(1000), undefined);
  watch.failed(EMFILE, 1000);
  assert.equal(watch.pauseLeftMs(1000), 10);
  assert.equal(watch.pauseLeftMs(2000), 0);
  watch.resumeIfDue(1009);
  assert.equal(ready(), 0, 'who waits would make the thread spin');
  watch.resumeIfDue(1010);
  assert.equal(watch.pauseLeftMs(1010), undefined);
  assert.equal(ready(), 1, 'who waited is still there');
  watch.failed(EMFILE, 2000);
  assert.equal(watch.pauseLeftMs(2000), 20);
  assert.deepEqual(told, [{ kind: 'shortage', errno: EMFILE }], 'a shortage is told once');
  assert.equal(watch.isFatal, false);
});

test('after an accept that worked, the next shortage is a new one', async (context) => {
  const { watch, told } = await watched(context);
  watch.failed(EMFILE, 1000);
  watch.resumeIfDue(1010);
  watch.accepted();
  watch.failed(EMFILE, 2000);
  assert.equal(watch.pauseLeftMs(2000), 10);
  assert.equal(told.length, 2);
});

test('that nobody was waiting pauses nothing', async (context) => {
  const { watch, told, ready } = await watched(context);
  watch.failed(EAGAIN, 1000);
  assert.equal(watch.pauseLeftMs(1000), undefined);
  assert.equal(ready(), 1);
  assert.deepEqual(told, []);
});

test('a listener that is none any more is fatal, unless it was closed by the stop', async (context) => {
  const { watch, gate, told } = await watched(context);
  gate.close();
  watch.failed(EBADF, 1000);
  assert.deepEqual([watch.isFatal, told], [false, []]);
  const other = await watched(context);
  other.watch.failed(EBADF, 1000);
  assert.deepEqual([other.watch.isFatal, other.told], [true, [{ kind: 'fatal', errno: EBADF }]]);
});
