/** Under systemd: readiness once the port serves, and a word before the stop. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { LibcError } from '../../src/libc/libc.js';
import { DatagramReceiver } from '../libc/datagram-receiver.js';
import { freshDirectory } from '../support/fixtures/scratch.js';
import { newInstance } from '../support/processes/daemon.js';
import { askNumber } from '../support/processes/one-shot-client.js';
import { TxnidProcess, until } from '../support/processes/txnid-process.js';

function receiveFrom(manager: DatagramReceiver, into: string[]): boolean {
  try {
    into.push(manager.receive());
    return true;
  } catch (error) {
    if (error instanceof LibcError && error.code === 'EAGAIN') return false;
    throw error;
  }
}

test('READY=1 comes once the port serves, STOPPING=1 at the stop, and nothing else', async () => {
  const name = join(freshDirectory(), 'notify');
  const manager = new DatagramReceiver(name);
  const said: string[] = [];
  const instance = await newInstance();
  const service = new TxnidProcess(instance.values, { environment: { NOTIFY_SOCKET: name } });
  await until(() => receiveFrom(manager, said), 'it is ready');
  assert.equal(await askNumber(instance.port), 1n, 'without another try');
  assert.equal((await service.end()).code, 0);
  while (receiveFrom(manager, said));
  assert.deepEqual(said, ['READY=1', 'STOPPING=1']);
  manager.close();
});

test('a start that fails never says that it is ready', async () => {
  const name = join(freshDirectory(), 'notify');
  const manager = new DatagramReceiver(name);
  const { values } = await newInstance('-increment', '0');
  const service = new TxnidProcess(values, { environment: { NOTIFY_SOCKET: name } });
  assert.equal((await service.endedInTime()).code, 78);
  const said: string[] = [];
  while (receiveFrom(manager, said));
  assert.ok(!said.includes('READY=1'));
  manager.close();
});
