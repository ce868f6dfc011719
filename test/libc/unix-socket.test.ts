import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  connectUnix,
  sendAtOnce,
  sendDatagram,
  unixNameBytesMax,
} from '../../src/libc/unix-socket.js';
import { DatagramReceiver } from './datagram-receiver.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-datagram-'));
after(() => rmSync(directory, { recursive: true }));

const names = {
  'a path': join(directory, 'socket'),
  'an abstract name': `@txnid-test-${process.pid}`,
  'the longest abstract name': `@txnid-${process.pid}-`.padEnd(unixNameBytesMax, 'x'),
};

for (const [kind, name] of Object.entries(names)) {
  test(`a datagram arrives whole at ${kind}`, () => {
    const receiver = new DatagramReceiver(name);
    const fd = connectUnix(name, 'datagram');
    sendDatagram(fd, 'READY=1');
    assert.equal(receiver.receive(), 'READY=1');
    closeSync(fd);
    receiver.close();
  });
}

test('a name that nobody is bound to is refused', () => {
  const nobody = () => connectUnix(join(directory, 'nobody'), 'datagram');
  assert.throws(nobody, { name: 'LibcError', call: 'connect', code: 'ENOENT' });
});

test('sending after the receiver is gone is an error, not a signal', () => {
  const name = join(directory, 'gone');
  const receiver = new DatagramReceiver(name);
  const fd = connectUnix(name, 'datagram');
  receiver.close();
  assert.throws(() => sendDatagram(fd, 'READY=1'), { call: 'send', code: 'ECONNREFUSED' });
  closeSync(fd);
});

test('what a receiver has no room for is refused at once, and what it takes is whole', () => {
  const name = join(directory, 'full');
  const receiver = new DatagramReceiver(name);
  const fd = connectUnix(name, 'datagram');
  const bytes = Buffer.from('line');
  const fill = () => {
    for (;;) assert.equal(sendAtOnce(fd, bytes), bytes.length);
  };
  assert.throws(fill, { call: 'send', code: 'EAGAIN' });
  assert.equal(receiver.receive(), 'line');
  closeSync(fd);
  receiver.close();
});

test('a peer of the other kind is told from one that is not there', () => {
  const name = join(directory, 'kind');
  const receiver = new DatagramReceiver(name);
  assert.throws(() => connectUnix(name, 'stream'), { call: 'connect', code: 'EPROTOTYPE' });
  receiver.close();
});
