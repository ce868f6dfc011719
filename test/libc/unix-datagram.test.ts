import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connectDatagram, sendDatagram, unixNameBytesMax } from '../../src/libc/unix-datagram.js';
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
    const fd = connectDatagram(name);
    sendDatagram(fd, 'READY=1');
    assert.equal(receiver.receive(), 'READY=1');
    closeSync(fd);
    receiver.close();
  });
}

test('a name that nobody is bound to is refused', () => {
  const nobody = () => connectDatagram(join(directory, 'nobody'));
  assert.throws(nobody, { name: 'LibcError', call: 'connect', code: 'ENOENT' });
});

test('sending after the receiver is gone is an error, not a signal', () => {
  const name = join(directory, 'gone');
  const receiver = new DatagramReceiver(name);
  const fd = connectDatagram(name);
  receiver.close();
  assert.throws(() => sendDatagram(fd, 'READY=1'), { call: 'send', code: 'ECONNREFUSED' });
  closeSync(fd);
});
