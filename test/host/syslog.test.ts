import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lineHead, Syslog } from '../../src/host/syslog.js';
import { DatagramReceiver } from '../libc/datagram-receiver.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-syslog-'));
after(() => rmSync(directory, { recursive: true }));

const head = (priority: number) =>
  `<${priority}>[A-Z][a-z]{2} [ 123]\\d [\\d:]{8} txnid\\[${process.pid}\\]: `;

test('each line has its priority, as a system daemon, with time and pid', () => {
  const name = join(directory, 'log');
  const daemon = new DatagramReceiver(name);
  const syslog = new Syslog(name);
  assert.equal(syslog.connect(), undefined);
  for (const [severity, priority] of [
    ['err', 27],
    ['warning', 28],
    ['notice', 29],
    ['info', 30],
  ] as const) {
    syslog.send(severity, 'next 100%s, ü');
    assert.match(daemon.receive(), new RegExp(`^${head(priority)}next 100%s, ü$`));
  }
  daemon.close();
});

test('the time is local, and a day below ten takes two places', () => {
  const time = new Date(2026, 10, 3, 4, 5, 6);
  assert.equal(lineHead('warning', time), `<28>Nov  3 04:05:06 txnid[${process.pid}]: `);
  const last = new Date(2026, 11, 31, 23, 59, 59);
  assert.equal(lineHead('info', last), `<30>Dec 31 23:59:59 txnid[${process.pid}]: `);
});

test('a daemon that does not read makes nobody wait, and gets what comes once it reads again', () => {
  const name = join(directory, 'unread');
  const daemon = new DatagramReceiver(name);
  const syslog = new Syslog(name);
  syslog.connect();
  for (let line = 0; line < 5000; line++) syslog.send('info', `line ${line}`);
  assert.match(daemon.receive(), /line 0$/);
  syslog.send('info', 'again');
  let last = '';
  try {
    for (;;) last = daemon.receive();
  } catch {
    assert.match(last, /again$/);
  }
  daemon.close();
});

test('a daemon that is restarted gets the next line', () => {
  const name = join(directory, 'restarted');
  const first = new DatagramReceiver(name);
  const syslog = new Syslog(name);
  syslog.connect();
  first.close();
  rmSync(name);
  syslog.send('info', 'lost');
  syslog.send('info', 'lost too');
  const second = new DatagramReceiver(name);
  syslog.send('info', 'found');
  assert.match(second.receive(), /found$/);
  second.close();
});

test('without a daemon it is said why, and a daemon that comes later is found', () => {
  const name = join(directory, 'late');
  const syslog = new Syslog(name);
  assert.match(syslog.connect()?.what ?? '', /^Cannot reach syslog at .*late: no such file or dir/);
  syslog.send('err', 'lost');
  const daemon = new DatagramReceiver(name);
  syslog.send('err', 'found');
  assert.match(daemon.receive(), /found$/);
  daemon.close();
});

/** A daemon of the other kind, which reads when it is told to. */
async function streamDaemon(name: string) {
  const server = createServer({ pauseOnConnect: true }).listen(name);
  await once(server, 'listening');
  const connection = once(server, 'connection').then(([socket]) => socket as Socket);
  return { server, connection };
}

test('in a stream each line ends in a NUL, and none is torn by a daemon that does not read', async () => {
  const name = join(directory, 'stream');
  const { server, connection } = await streamDaemon(name);
  const syslog = new Syslog(name);
  assert.equal(syslog.connect(), undefined);
  const line = 'x'.repeat(1000);
  for (let count = 0; count < 5000; count++) syslog.send('notice', line);
  const socket = await connection;
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  socket.resume();
  while (!text.includes('at last')) {
    syslog.send('notice', 'at last');
    await sleep(10);
  }
  const lines = text.split('\0').slice(0, -1);
  assert.ok(lines.length > 10 && lines.length < 5000, `${lines.length} lines`);
  for (const one of lines) assert.match(one, new RegExp(`^${head(29)}(${line}|at last)$`));
  socket.destroy();
  server.close();
});
