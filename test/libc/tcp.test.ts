import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { accept, close, sendAll } from '../../src/libc/connections.js';
import { errno, LibcError } from '../../src/libc/libc.js';
import {
  bindTo,
  boundPort,
  connectTo,
  endListening,
  listenOn,
  socketAddress,
  tcpSocket,
} from '../../src/libc/tcp.js';

test('what is sent on an accepted connection arrives, then its end', async () => {
  const listener = tcpSocket('127.0.0.1');
  bindTo(listener, '127.0.0.1', 0);
  listenOn(listener, 1);
  const client = connect(boundPort(listener), '127.0.0.1');
  await once(client, 'connect');
  const connection = accept(listener, 'blocking');
  assert.equal(sendAll(connection, Buffer.from('four')), 4);
  assert.equal(close(connection), 0);
  assert.equal(await text(client), 'four');
  closeSync(listener);
});

test('no accept succeeds after the end of listening, which may be told twice', () => {
  const listener = tcpSocket('127.0.0.1');
  bindTo(listener, '127.0.0.1', 0);
  listenOn(listener, 1);
  endListening(listener);
  endListening(listener);
  assert.equal(accept(listener, 'blocking'), -1);
  assert.equal(new LibcError('accept', errno()).code, 'EINVAL');
  closeSync(listener);
});

test('an address that is in use is refused', () => {
  const [first, second] = [tcpSocket('127.0.0.1'), tcpSocket('127.0.0.1')];
  bindTo(first, '127.0.0.1', 0);
  const port = boundPort(first);
  assert.throws(() => bindTo(second, '127.0.0.1', port), { call: 'bind', code: 'EADDRINUSE' });
  closeSync(first);
  closeSync(second);
});

test('a socket connects to who listens, and is refused where nobody does', () => {
  const [listener, client, late] = [
    tcpSocket('127.0.0.1'),
    tcpSocket('127.0.0.1'),
    tcpSocket('127.0.0.1'),
  ];
  bindTo(listener, '127.0.0.1', 0);
  const address = socketAddress('127.0.0.1', boundPort(listener));
  listenOn(listener, 1);
  assert.equal(connectTo(client, address), 0);
  const connection = accept(listener, 'blocking');
  assert.ok(connection >= 0);
  closeSync(listener);
  assert.equal(connectTo(late, address), -1);
  assert.equal(new LibcError('connect', errno()).code, 'ECONNREFUSED');
  for (const fd of [client, connection, late]) closeSync(fd);
});

test('a send never waits for room, be it on a socket that blocks', async () => {
  const listener = tcpSocket('127.0.0.1');
  bindTo(listener, '127.0.0.1', 0);
  listenOn(listener, 1);
  const client = connect(boundPort(listener), '127.0.0.1').pause();
  await once(client, 'connect');
  const connection = accept(listener, 'blocking');
  const chunk = Buffer.alloc(65_536);
  let sent = 0;
  // A client that does not read makes room for some megabytes at most.
  for (let left = 1000; left > 0 && sent >= 0; left--) {
    sent = sendAll(connection, chunk);
  }
  assert.equal(sent, -1);
  assert.equal(new LibcError('send', errno()).code, 'EAGAIN');
  client.destroy();
  close(connection);
  closeSync(listener);
});
