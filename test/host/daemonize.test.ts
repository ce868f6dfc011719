import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./detached-command.js', import.meta.url));
const directories: string[] = [];
after(() => {
  // A service ends when its directory is gone.
  for (const directory of directories) rmSync(directory, { recursive: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'txnid-daemonize-'));
  directories.push(directory);
  return directory;
}

/** What the service saw once it was ready. */
async function seen(directory: string) {
  const path = join(directory, 'ready');
  while (!existsSync(path)) await sleep(10);
  return JSON.parse(readFileSync(path, 'utf8'));
}

test('the caller returns 0 once the service is ready, and its output ends', async () => {
  const directory = newDirectory();
  // Returns only when nobody holds the two pipes any more.
  const caller = spawnSync(process.execPath, [script, directory, 'serve'], { encoding: 'utf8' });
  assert.deepEqual(
    { status: caller.status, stdout: caller.stdout, stderr: caller.stderr },
    { status: 0, stdout: 'early\n', stderr: '' },
  );
  const { descriptors, session, marked, directory: left } = await seen(directory);
  assert.deepEqual(descriptors, ['/dev/null', '/dev/null', '/dev/null']);
  assert.equal(session, Number(readFileSync(join(directory, 'pid'), 'utf8')));
  assert.equal(marked, false);
  assert.equal(left, '/', 'the file system that it was started on can be unmounted');
});

test('standard error stays open when it is the log', async () => {
  const directory = newDirectory();
  const log = join(directory, 'log');
  const { status } = spawnSync(
    process.execPath,
    [script, directory, 'serve and keep standard error'],
    { stdio: ['ignore', 'pipe', openSync(log, 'a')] },
  );
  assert.equal(status, 0);
  assert.deepEqual((await seen(directory)).descriptors, ['/dev/null', '/dev/null', log]);
  assert.equal(readFileSync(log, 'utf8'), 'late\n');
});

test('a service that is refused gives the caller its exit code, and the operator its fault', () => {
  const { status, stderr } = spawnSync(process.execPath, [script, newDirectory(), 'be refused'], {
    encoding: 'utf8',
  });
  assert.equal(status, 75);
  assert.equal(stderr, 'txnid: refused\n');
});

test('a service that is killed before it is ready is no success', () => {
  const { status, stderr } = spawnSync(process.execPath, [script, newDirectory(), 'be killed'], {
    encoding: 'utf8',
  });
  assert.equal(status, 70);
  assert.match(stderr, /^Cannot start the service: SIGKILL ended it before it was ready: /);
});

test('a service whose caller was killed becomes ready all the same', async () => {
  const directory = newDirectory();
  const caller = spawn(process.execPath, [script, directory, 'serve when told'], {
    stdio: 'ignore',
  });
  while (!existsSync(join(directory, 'pid'))) await sleep(10);
  caller.kill('SIGKILL');
  await once(caller, 'exit');
  writeFileSync(join(directory, 'go'), '');
  assert.equal((await seen(directory)).descriptors[0], '/dev/null');
});

const pidIn = (directory: string) => Number(readFileSync(join(directory, 'pid'), 'utf8'));

function stateOf(pid: number): string {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return 'gone';
  }
}

for (const [behaviour, signal, code, isThere] of [
  ['serve when told', 'SIGTERM', 143, (directory: string) => existsSync(join(directory, 'pid'))],
  ['hang', 'SIGTERM', 143, (directory: string) => existsSync(join(directory, 'hanging'))],
  [
    'be stopped',
    'SIGINT',
    130,
    (directory: string) => existsSync(join(directory, 'pid')) && stateOf(pidIn(directory)) === 'T',
  ],
] as const) {
  test(`a caller that is interrupted ends with a service that would "${behaviour}"`, async () => {
    const directory = newDirectory();
    const caller = spawn(process.execPath, [script, directory, behaviour], { stdio: 'ignore' });
    while (!isThere(directory)) await sleep(10);
    const [ended] = await Promise.all([once(caller, 'exit'), caller.kill(signal)]);
    assert.deepEqual(ended, [code, null]);
    while (!/gone|Z/.test(stateOf(pidIn(directory)))) await sleep(10);
  });
}
