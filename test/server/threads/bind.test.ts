import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { TxnidError } from '../../../src/errors.js';
import { bindTcp } from '../../../src/server/threads/bind.js';
import { ask, lineOrRefusal } from '../one-shot/client.js';
import { serving, stopAll } from '../one-shot/serving.js';

afterEach(stopAll);

test('nobody gets in between bind and listen', async () => {
  const listener = bindTcp('127.0.0.1', 0);
  assert.equal(await lineOrRefusal(listener.port), 'ECONNREFUSED');
  listener.listen();
  // The kernel lets the client in; nobody serves it until the shutdown resets it.
  const waiting = lineOrRefusal(listener.port);
  setTimeout(() => listener.shutDown(), 50);
  assert.equal(await waiting, 'ECONNRESET');
  listener.close();
});

test('a port that is in use names what to do', () => {
  const first = bindTcp('127.0.0.1', 0);
  first.listen();
  assert.throws(
    () => bindTcp('127.0.0.1', first.port),
    (error) =>
      error instanceof TxnidError &&
      error.exitCode === 255 &&
      error.message ===
        `Cannot listen on 127.0.0.1:${first.port}: address already in use: ` +
          'stop what uses it, or choose another port',
  );
  first.close();
});

test('of two sockets bound to one port, only the first to listen may', () => {
  const first = bindTcp('127.0.0.1', 0);
  const second = bindTcp('127.0.0.1', first.port);
  first.listen();
  assert.throws(() => second.listen(), { code: 'listen', message: /address already in use/ });
  first.close();
  second.close();
});

test('an address of another machine is refused', () => {
  // 192.0.2.0/24 is reserved for documentation.
  assert.throws(() => bindTcp('192.0.2.1', 0), {
    code: 'listen',
    message: /no network interface has this address: set ip to an address of this machine/,
  });
});

const lowestFreePort = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start'));

test('a privileged port without privileges names what to do', { skip: lowestFreePort < 2 }, () => {
  const script = `
    import { bindTcp } from '${new URL('../../../src/server/threads/bind.js', import.meta.url)}';
    if (process.getuid() === 0) process.setuid(65534);
    try { bindTcp('127.0.0.1', 1); } catch (error) { process.stdout.write(error.message); }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.match(
    String(stdout),
    /^Cannot listen on 127.0.0.1:1: permission denied: choose a port of/,
  );
});

const hasTracer = spawnSync('strace', ['-V']).error === undefined;
const needsTracer = { skip: hasTracer ? false : 'strace is not installed' };

test('a port that the unit does not list names SocketBindAllow', needsTracer, () => {
  const script = `
    import { bindTcp } from '${new URL('../../../src/server/threads/bind.js', import.meta.url)}';
    try { bindTcp('127.0.0.1', 0); } catch (error) { process.stdout.write(error.message); }`;
  // What SocketBindDeny=any of systemd makes of a bind.
  const tracer = ['-f', '-qq', '-e', 'trace=bind', '-e', 'inject=bind:error=EPERM'];
  const words = [process.execPath, '--input-type=module', '-e', script];
  const { stdout } = spawnSync('strace', [...tracer, '-o', '/dev/null', ...words]);
  assert.match(String(stdout), /^Cannot listen on 127.0.0.1:0: .*SocketBindAllow=tcp:PORT/);
});

test('a port can be bound again at once, although its last connections linger', async () => {
  const { port, stop } = await serving({ count: 1 });
  await ask(port);
  await stop();
  const again = bindTcp('127.0.0.1', port);
  again.listen();
  again.close();
});
