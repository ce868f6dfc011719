/** Starts that are not as confined as was asked for: refused before anything is written or served. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { freshConfdir } from '../support/fixtures/scratch.js';
import { Daemon, instanceOn } from '../support/processes/daemon.js';
import { lookAtDescriptors } from '../support/processes/descriptors.js';
import { assertRefused } from '../support/processes/refusal.js';
import { type ProcessOptions, runTxnid } from '../support/processes/txnid-process.js';
import { jailKinds, needsRoot, newPlace, type Place } from './place.js';

const nobody = 65534;

async function assertRefusedStart(place: Place, pattern: RegExp, options: ProcessOptions = {}) {
  assertRefused(await runTxnid(place.values, options), 77, pattern);
  assert.ok(!existsSync(join(place.confdir, 'txnid.dat')), 'nothing was written');
  assertRefused(await runTxnid(['check', ...place.values], options), 77, pattern);
}

const wrongUsers = [
  ['0', 77],
  ['root', 77],
  ['root:nogroup', 77],
  ['nobody:root', 77],
  ['nobody:0', 77],
  ['0:0', 77],
  ['NaN', 77],
  ['unknown', 77],
  ['nobody:unknown', 77],
  ['-1', 78],
  ['4294967295', 78],
  ['4294967296', 78],
  ['1e3', 78],
  ['nobody:', 78],
  ['65534:', 78],
] as const;

test('a user who is root, nobody at all, or no user, is refused', needsRoot, async () => {
  const place = await newPlace('confdir');
  await Promise.all(
    wrongUsers.map(async ([user, code]) => {
      const { values } = instanceOn(place.confdir, place.port, `-user=${user}`);
      assertRefused(await runTxnid(values), code, /^txnid: .*user/);
    }),
  );
  assert.ok(!existsSync(join(place.confdir, 'txnid.dat')));
});

test('what only root can give up is refused to others', needsRoot, async () => {
  const confdir = freshConfdir();
  for (const path of [dirname(confdir), confdir]) chmodSync(path, 0o755);
  for (const [values, goal] of [
    [['-user', 'nobody'], /^txnid: Cannot become user nobody: only root can: start txnid as root/],
    [['-chroot', '/srv'], /^txnid: Cannot lock the process into \/srv: only root can/],
  ] as const) {
    const ended = await runTxnid(instanceOn(confdir, 9999, ...values).values, {
      uid: nobody,
      gid: nobody,
      cwd: '/',
    });
    assertRefused(ended, 77, goal);
  }
});

test(
  'a directory above that others can write is refused, with what mends it',
  needsRoot,
  async () => {
    for (const kind of ['confdir', 'empty'] as const) {
      const place = await newPlace(kind);
      const above = dirname(place.confdir);
      chmodSync(above, 0o777);
      await assertRefusedStart(
        place,
        new RegExp(`^txnid: ${above} can be written .*: run: chmod go-w ${above}$`),
      );
      chmodSync(above, 0o755);
      chownSync(above, nobody, nobody);
      await assertRefusedStart(
        place,
        new RegExp(`^txnid: ${above} belongs to .*: run: chown root ${above}$`),
      );
    }
  },
);

test(
  'a jail that others can write or own is refused, the sticky bit or not',
  needsRoot,
  async () => {
    const place = await newPlace('empty');
    chmodSync(place.jail, 0o1777);
    await assertRefusedStart(place, new RegExp(`run: chmod go-w ${place.jail}$`));
    chmodSync(place.jail, 0o755);
    chownSync(place.jail, nobody, nobody);
    await assertRefusedStart(place, new RegExp(`run: chown root ${place.jail}$`));
  },
);

for (const name of ['txnid.yaml', 'txnid.audit']) {
  test(`a ${name} of another user is refused`, needsRoot, async () => {
    const place = await newPlace('empty');
    const path = join(place.confdir, name);
    writeFileSync(path, '', { mode: 0o644 });
    chownSync(path, nobody, nobody);
    await assertRefusedStart(place, new RegExp(`run: chown root ${path}$`));
  });
}

test('a symbolic link that another user could point elsewhere is refused', needsRoot, async () => {
  const place = await newPlace('empty');
  const link = join(dirname(place.jail), 'link');
  symlinkSync(place.jail, link);
  lchownSync(link, nobody, nobody);
  const jailed = instanceOn(place.confdir, place.port, '-user', 'nobody', '-chroot', link);
  await assertRefusedStart({ ...place, ...jailed }, new RegExp(`run: chown -h root ${link}$`));
});

test('a jail that is not there, or no directory, is refused', needsRoot, async () => {
  const place = await newPlace('empty');
  const file = join(dirname(place.jail), 'file');
  writeFileSync(file, '');
  for (const jail of [file, `${file}.absent`]) {
    const jailed = instanceOn(place.confdir, place.port, '-user', 'nobody', '-chroot', jail);
    await assertRefusedStart({ ...place, ...jailed }, /it is not a directory: make it/);
  }
});

test('a jail that cannot be followed is refused in words about the path', needsRoot, async () => {
  const place = await newPlace('empty');
  const file = join(dirname(place.jail), 'file');
  const long = join(dirname(place.jail), 'x'.repeat(256));
  writeFileSync(file, '');
  for (const [jail, pattern] of [
    [`${file}/jail`, new RegExp(`^txnid: Cannot follow ${file}/jail: not a directory: set `)],
    [long, new RegExp(`^txnid: Cannot follow ${long}: name too long: set `)],
  ] as const) {
    const jailed = instanceOn(place.confdir, place.port, '-user', 'nobody', '-chroot', jail);
    await assertRefusedStart({ ...place, ...jailed }, pattern);
  }
});

for (const kind of jailKinds) {
  test(
    `in the jail ${kind}: descriptors that a start was given are closed, whatever they are open on`,
    needsRoot,
    async () => {
      const place = await newPlace(kind);
      const fifo = `${place.jail}.fifo`;
      execFileSync('mkfifo', [fifo]);
      const given = '3</etc/passwd 7</etc 8<>/etc/hosts 9<>"$0"';
      const wrapper = ['sh', '-c', `exec "$@" ${given}`, fifo];
      const daemon = await Daemon.start(place, { wrapper });
      const open = lookAtDescriptors(daemon.process.pid ?? 0, (link) => readlinkSync(link));
      const leaked = open.filter((path) => /^\/etc|\.fifo$/.test(path));
      assert.deepEqual(leaked, []);
      assert.equal((await daemon.stop()).code, 0);
      const checked = await runTxnid(['check', ...place.values], { wrapper });
      assert.equal(checked.code, 0, checked.stderr);
    },
  );
}

test('io_uring and debuggers are refused', needsRoot, async () => {
  const place = await newPlace('confdir');
  await assertRefusedStart(place, /UV_USE_IO_URING/, { environment: { UV_USE_IO_URING: '1' } });
  const { code, stderr } = await runTxnid(place.values, {
    environment: { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
  });
  assert.equal(code, 77, stderr);
  assert.match(stderr, /^txnid: Cannot start with a debugger open at ws:/m);
});

test('a root that may not chroot, as in some containers, is refused', needsRoot, async () => {
  const place = await newPlace('confdir');
  const wrapper = ['setpriv', '--bounding-set', '-sys_chroot', '--'];
  const ended = await runTxnid(place.values, { wrapper });
  assertRefused(ended, 77, /Cannot confine the service in .*: .+: see what keeps root from it/);
});
