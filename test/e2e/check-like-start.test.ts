/** What keeps a start from serving, check says beforehand: in the same words, with the same code. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { snapshotOf } from '../support/fixtures/confdirs.js';
import { freshConfdir, isRoot } from '../support/fixtures/scratch.js';
import { Daemon, type Instance, instanceOn, newInstance } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { runTxnid } from '../support/processes/txnid-process.js';
import { ofJailed } from './refused-jails.js';
import { ofNew, ofNewByRoot, ofUsed, ofUsedByRoot, type RefusedStart } from './refused-starts.js';

const original = await newInstance('-threads', '1');
await (await Daemon.start(original)).stop();
const file = join(original.confdir, 'txnid.dat');
cpSync(file, `${file}.older`);
await (await Daemon.start(original)).stop();

/** The instance that has been used, in a directory of its own. */
function usedInstance(): Instance {
  const instance = emptyInstance();
  chmodSync(instance.confdir, 0o755);
  for (const name of ['txnid.dat', 'txnid.dat.older', 'txnid.audit']) {
    cpSync(join(original.confdir, name), join(instance.confdir, name));
  }
  return instance;
}

function emptyInstance(): Instance {
  const confdir = freshConfdir();
  chmodSync(dirname(confdir), 0o755);
  return instanceOn(confdir, original.port, '-threads', '1');
}

/** Check, which leaves all as it is, then the start: both say the same. */
async function assertAlike(instance: Instance, { code, flags = [], options = {} }: RefusedStart) {
  const { confdir } = instance;
  const values = [...instance.values, ...flags];
  const look = () =>
    statSync(confdir, { throwIfNoEntry: false })?.isDirectory() ? snapshotOf(confdir) : undefined;
  const before = look();
  const check = await runTxnid(['check', ...values], options);
  assert.deepEqual(look(), before, 'check leaves all as it is');
  const start = await runTxnid(values, options);
  const of = ({ code: own, ...said }: typeof check) => ({ code: own, faults: faultsOf(said) });
  assert.deepEqual(of(check), of(start));
  assert.equal(start.code, code, start.stderr);
}

function assertAllAlike(starts: typeof ofUsed, instanceFor: () => Instance, mayRun = true): void {
  for (const [what, prepare] of Object.entries(starts)) {
    const options = { skip: mayRun ? false : 'only root can prepare this: run as root' };
    test(`check says of ${what} what a start says`, options, async (t) => {
      const instance = instanceFor();
      t.after(() => unmount(instance.confdir));
      let refused: RefusedStart;
      try {
        refused = prepare(instance);
      } catch (error) {
        return t.skip(`cannot be prepared here: ${error}`);
      }
      await assertAlike(instance, refused);
    });
  }
}

function unmount(directory: string): void {
  try {
    execFileSync('umount', ['-l', directory], { stdio: 'ignore' });
  } catch {
    // Most are no mount.
  }
}

assertAllAlike(ofUsed, usedInstance);
assertAllAlike(ofNew, emptyInstance);
assertAllAlike(ofUsedByRoot, usedInstance, isRoot);
assertAllAlike(ofNewByRoot, emptyInstance, isRoot);
assertAllAlike(ofJailed, emptyInstance, isRoot);

async function listening(): Promise<{ readonly server: Server; readonly port: number }> {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  return { server, port };
}

test('check says of a taken port, and of a taken session port, what a start says', async (t) => {
  const { server, port } = await listening();
  t.after(() => server.close());
  const taken = instanceOn(freshConfdir(), port);
  await assertAlike(taken, { code: 255 });
  const session = instanceOn(freshConfdir(), original.port, '-session-port', String(port));
  await assertAlike(session, { code: 255 });
});

test('check -json has every fault, each with its exit code, and says nothing else', async () => {
  const instance = usedInstance();
  const values = [...instance.values, '-increment', '2', '-max', '5'];
  const { code, stdout, stderr } = await runTxnid(['check', '-json', ...values]);
  const { exitCode, faults } = JSON.parse(stdout);
  assert.deepEqual([code, exitCode, stderr], [80, 80, '']);
  const start = await runTxnid(values);
  assert.deepEqual(
    faults.map(({ what, remedy }: Record<string, string>) => `txnid: ${what}: ${remedy}`),
    faultsOf(start),
  );
  const sound = await runTxnid(['check', '-json', ...instance.values]);
  assert.deepEqual(
    [sound.code, JSON.parse(sound.stdout)],
    [0, { exitCode: 0, faults: [], warnings: [] }],
  );
});
