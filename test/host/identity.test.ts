import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { holderIn, isAlive, lockHolder, ownIdentity, startTicks } from '../../src/host/identity.js';
import { flockExclusive } from '../../src/libc/flock.js';

const directory = mkdtempSync(join(tmpdir(), 'txnid-identity-'));
after(() => rmSync(directory, { recursive: true }));

test('an identity is complete, and its nonce is new each time', () => {
  const identity = ownIdentity();
  assert.match(identity.boot, /^[0-9a-f-]{36}$/);
  assert.match(identity.start, /^[1-9]\d*$/);
  assert.match(identity.nonce, /^[0-9a-f]{16}$/);
  assert.equal(identity.pid, process.pid);
  assert.notEqual(identity.host, '');
  assert.notEqual(ownIdentity().nonce, identity.nonce);
});

test('this process is alive; one of another boot or start with its pid is not', () => {
  const identity = ownIdentity();
  assert.equal(isAlive(identity), true);
  assert.equal(isAlive({ ...identity, boot: '00000000-0000-0000-0000-000000000000' }), false);
  assert.equal(isAlive({ ...identity, start: '1' }), false);
});

test('a process that has ended is not alive', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  assert.equal(isAlive({ ...ownIdentity(), pid: child.pid ?? 0 }), false);
});

test('without /proc an identity says nothing of boot and start, and all the rest', () => {
  const { boot, start, pid, nonce, host } = ownIdentity('/nonexistent');
  assert.deepEqual([boot, start, pid], ['', '', process.pid]);
  assert.match(nonce, /^[0-9a-f]{16}$/);
  assert.notEqual(host, '');
});

test('what is not known of a process is never the same: nobody is alive by it', () => {
  const proc = join(directory, 'proc');
  mkdirSync(join(proc, 'sys/kernel/random'), { recursive: true });
  mkdirSync(join(proc, 'self'));
  const unknown = ownIdentity(proc);
  assert.equal(isAlive(unknown), false, 'here, where both are known');
  assert.equal(isAlive(unknown, proc), false, 'there, where neither is');
  assert.equal(isAlive(ownIdentity(), proc), false, 'one that is known, seen from there');
  writeFileSync(join(proc, 'sys/kernel/random/boot_id'), 'boot\n');
  assert.equal(isAlive({ boot: 'boot', pid: process.pid, start: '' }, proc), false, 'no start');
  assert.equal(ownIdentity(proc).boot, 'boot');
});

test('the start time is found whatever the process calls itself', () => {
  const rest = 'S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20';
  for (const name of ['node', 'a b', ') S 1 2', '((', ')))']) {
    assert.equal(startTicks(`42 (${name}) ${rest}`), '4711');
  }
});

test('the holder of a lock is found, and nobody after it is released', () => {
  const fd = openSync(join(directory, 'locked'), 'w');
  const stats = fstatSync(fd, { bigint: true });
  assert.equal(lockHolder(stats), undefined);
  assert.equal(flockExclusive(fd), true);
  assert.equal(lockHolder(stats), process.pid);
  closeSync(fd);
  assert.equal(lockHolder(stats), undefined);
});

const file = { dev: 0xfd1fn, ino: 9_007_199_254_740_993n };
const place = 'fd:1f:9007199254740993 0 EOF';

test('only a flock that is held, on that very file, names the holder', () => {
  const locks = [
    `1: POSIX  ADVISORY  WRITE 11 ${place}`,
    '2: FLOCK  ADVISORY  WRITE 12 fd:1f:9007199254740992 0 EOF',
    `3: FLOCK  ADVISORY  WRITE 13 ${place}`,
    `3: -> FLOCK  ADVISORY  WRITE 14 ${place}`,
  ];
  assert.equal(holderIn(locks.join('\n'), file), 13);
  assert.equal(holderIn(locks[3] ?? '', file), undefined);
  assert.equal(holderIn('', file), undefined);
});

test('a holder in another pid namespace is not named', () => {
  for (const pid of [0, -1]) {
    assert.equal(holderIn(`1: FLOCK  ADVISORY  WRITE ${pid} ${place}`, file), undefined);
  }
});

test('device numbers above one byte are told apart', () => {
  // makedev(0x103, 0x12345), as glibc packs it.
  const large = { dev: 0x1231_0345n, ino: 7n };
  assert.equal(holderIn('1: FLOCK  ADVISORY  WRITE 5 103:12345:7 0 EOF', large), 5);
});
