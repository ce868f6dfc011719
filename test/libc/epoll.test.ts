import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { newEpoll, Poller } from '../../src/libc/epoll.js';

test('a wait ends when its time is over, with nothing ready', () => {
  const poller = new Poller(newEpoll());
  assert.equal(poller.wait(0), 0);
  closeSync(poller.fd);
});

test('a wait that fails says so: in a loop it would spin', () => {
  const fd = openSync('/dev/null', 'r');
  assert.throws(() => new Poller(fd).wait(0), { call: 'epoll_wait', code: 'EINVAL' });
  closeSync(fd);
});
