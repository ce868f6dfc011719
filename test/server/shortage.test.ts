import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { shareOfSpin } from '../support/processes/spin.js';
import { ask, waitingClient } from './one-shot/client.js';

const script = fileURLToPath(new URL('./starved-server.js', import.meta.url));
const started: ChildProcess[] = [];
after(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** The server, its lines one by one, and a way to tell it something. */
function starvedServer() {
  const shell = 'ulimit -n 64 && exec "$0" "$1"';
  const child = spawn('/bin/sh', ['-c', shell, process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.push(child);
  const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    line: async (): Promise<string> => (await lines.next()).value,
    tell: (command: string) => (child.stdin as Writable).write(`${command}\n`),
  };
}

async function portOf(line: Promise<string>): Promise<number> {
  return Number((await line).replace('port ', ''));
}

test('clients wait while there are no descriptors, which is told once, and are served then', async () => {
  const { line, tell } = starvedServer();
  const port = await portOf(line());
  const answers = [ask(port), ask(port), ask(port)];
  assert.match(
    await line(),
    /^shortage Cannot take connections for now: too many open files \(EMFILE\): raise the limit/,
  );
  tell('feed');
  assert.deepEqual((await Promise.all(answers)).sort(), ['0\n', '1\n', '2\n']);
  tell('stop');
  assert.equal(await line(), 'stopped');
});

test('threads that have no descriptors for their clients do not spin', async () => {
  const { line, tell, pid } = starvedServer();
  await portOf(line());
  assert.match(await line(), /^shortage /);
  const share = await shareOfSpin(pid);
  assert.ok(share < 1 / 4, `${share} of what a thread takes that spins`);
  tell('stop');
  assert.equal(await line(), 'stopped');
});

test('a stop ends threads that wait for descriptors, and their clients get no byte', async () => {
  const { line, tell } = starvedServer();
  const port = await portOf(line());
  // Threads are short before anybody connects: who does so after the stop would be refused.
  const clients = [await waitingClient(port), await waitingClient(port)];
  assert.match(await line(), /^shortage /);
  tell('stop');
  assert.equal(await line(), 'stopped');
  for (const { answer } of clients) assert.match(await answer, /^$|^ECONNRESET$/);
});
