import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openNotifier } from '../../src/host/notify.js';
import { DatagramReceiver } from '../libc/datagram-receiver.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-notify-'));
after(() => rmSync(directory, { recursive: true }));

for (const name of [join(directory, 'notify'), `@txnid-notify-${process.pid}`]) {
  test(`a service manager at ${name[0]}… is told when the service is ready and stops`, () => {
    const manager = new DatagramReceiver(name);
    const environment = { NOTIFY_SOCKET: name, OTHER: 'stays' };
    const notifier = openNotifier(environment);
    assert.deepEqual(environment, { OTHER: 'stays' });
    notifier.ready();
    assert.equal(manager.receive(), 'READY=1');
    notifier.stopping();
    assert.equal(manager.receive(), 'STOPPING=1');
    manager.close();
    notifier.stopping();
  });
}

test('the socket is connected early: its path need not be there later', () => {
  const name = join(directory, 'jailed');
  const manager = new DatagramReceiver(name);
  const notifier = openNotifier({ NOTIFY_SOCKET: name });
  rmSync(name);
  notifier.ready();
  assert.equal(manager.receive(), 'READY=1');
  manager.close();
});

test('outside of a service manager nothing happens', () => {
  for (const environment of [{}, { NOTIFY_SOCKET: '' }]) {
    const notifier = openNotifier(environment);
    notifier.ready();
    notifier.stopping();
  }
});

const unusable = {
  [join(directory, 'nobody')]: /no such file or directory/,
  'vsock:2:1234': /neither a path nor an abstract name/,
  [`/${'x'.repeat(107)}`]: /too long/,
};

for (const [name, message] of Object.entries(unusable)) {
  test(`a service manager at ${name.slice(0, 20)}… that cannot be reached is a fault`, () => {
    assert.throws(() => openNotifier({ NOTIFY_SOCKET: name }), { code: 'settings', message });
  });
}
