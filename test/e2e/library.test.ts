/** `openSequence` in a process of its own: killed, several at once, in turn with the daemon. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ownIdentity } from '../../src/host/identity.js';
import { type OpenSequenceOptions, openSequence, TxnidError } from '../../src/index.js';
import { progressPaths } from '../../src/progress/file/paths.js';
import { Ledger } from '../simulation/ledger.js';
import { eventNames } from '../support/fixtures/audit-lines.js';
import { absentConfdir, freshConfdir, isRoot } from '../support/fixtures/scratch.js';
import { Seeded } from '../support/fixtures/seeded.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { assertRefused } from '../support/processes/refusal.js';
import { statusOf } from '../support/processes/status.js';
import { runTxnid, TxnidProcess, until } from '../support/processes/txnid-process.js';

const script = fileURLToPath(new URL('../support/processes/library-process.js', import.meta.url));

/** The numbers of each sequence; a line that the kill cut off was never seen by anybody. */
function numbersOf(stdout: string, count: number): bigint[][] {
  const lines = stdout.slice(0, stdout.lastIndexOf('\n')).split('\n');
  const numbers = Array.from({ length: count }, (): bigint[] => []);
  for (const line of lines) {
    const [index, number] = line.split(' ');
    numbers[Number(index)]?.push(BigInt(number ?? ''));
  }
  return numbers;
}

for (const increment of [1, 7, 32767]) {
  test(`an embedding program that is killed at increment ${increment} repeats nothing`, async (t) => {
    const random = new Seeded();
    t.diagnostic(`seed ${random.seed}`);
    const confdirs = [freshConfdir(), freshConfdir()];
    const ledgers = confdirs.map(() => new Ledger(increment));
    for (let round = 0; round < 4; round++) {
      const program = new TxnidProcess([...confdirs, String(increment)], { script });
      await until(() => program.stdout.length > 0, 'numbers');
      await sleep(random.below(60));
      const { stdout, stderr } = await program.end('SIGKILL');
      assert.equal(stderr, '');
      const numbers = numbersOf(stdout, confdirs.length);
      ledgers.forEach((ledger, index) => {
        ledger.add(1, [numbers[index] ?? []]);
      });
    }
    for (const ledger of ledgers) ledger.assertSound(`seed ${random.seed}`);
  });
}

test('a program that closes its sequences burns nothing', async () => {
  const confdirs = [freshConfdir(), freshConfdir()];
  const program = new TxnidProcess([...confdirs, '5'], { script });
  await until(() => program.stdout.length > 0, 'numbers');
  const { code, stdout } = await program.end();
  assert.equal(code, 0);
  const numbers = numbersOf(stdout, 2);
  for (const [index, confdir] of confdirs.entries()) {
    const last = numbers[index]?.at(-1) ?? 0n;
    const { clean, next } = await statusOf(confdir);
    assert.deepEqual({ clean, next }, { clean: true, next: String(last + 5n) });
  }
});

const needsRoot = { skip: isRoot ? false : 'only root can take /proc away: run as root' };

test(
  'without /proc, as in some containers, the library repeats and burns nothing',
  needsRoot,
  async () => {
    const confdir = freshConfdir();
    const wrapper = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
    const ledger = new Ledger(1);
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGTERM'] as const) {
      const program = new TxnidProcess([confdir, '1'], { script, wrapper });
      await until(() => program.stdout.length > 0 || program.hasEnded, 'numbers');
      const { stdout, stderr } = await program.end(signal);
      assert.equal(stderr, '');
      ledger.add(1, numbersOf(stdout, 1));
      // Without a machine id nothing tells whose the lock is, and it would have to be waited for.
      if (ownIdentity().machine === '')
        rmSync(progressPaths(confdir).lock, { recursive: true, force: true });
    }
    ledger.assertSound('without /proc');
    // With /proc its owner is not taken for one that runs.
    const { clean, running } = await statusOf(confdir);
    assert.deepEqual({ clean, running }, { clean: true, running: false });
  },
);

test('daemon and library go on where the other one stopped', async () => {
  const instance = await newInstance('-increment', '3');
  const { confdir } = instance;
  for (let expected = 1n; expected < 30n; expected += 12n) {
    const daemon = await Daemon.start(instance);
    assert.equal(daemon.first, expected);
    await daemon.stop();
    const sequence = await openSequence({ confdir, increment: 3 });
    assert.equal(sequence.next(), expected + 3n);
    assert.deepEqual([...sequence.take(2)], [expected + 6n, expected + 9n]);
    await sequence.close();
  }
  assert.equal(eventNames(confdir).filter((event) => event === 'stopped').length, 6);
});

test('a daemon keeps the library out, and the library keeps a daemon out', async () => {
  const instance = await newInstance();
  const { confdir } = instance;
  const daemon = await Daemon.start(instance);
  await assert.rejects(openSequence({ confdir }), locked(daemon.process.pid));
  await daemon.stop();
  const sequence = await openSequence({ confdir });
  await assert.rejects(openSequence({ confdir }), locked(process.pid));
  const refused = await runTxnid(instance.values);
  assertRefused(refused, 75, new RegExp(`locked by process ${process.pid}`));
  await sequence.close();
});

function locked(pid: number) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof TxnidError);
    assert.equal(error.code, 'locked');
    assert.match(error.message, new RegExp(`process ${pid}`));
    return true;
  };
}

test('other parameters than the saved ones are refused', async () => {
  const confdir = freshConfdir();
  const sequence = await openSequence({ confdir, instance: 2, increment: 3 });
  assert.equal(sequence.next(), 2n);
  await sequence.close();
  const before = readFileSync(join(confdir, 'txnid.dat'));
  for (const other of [
    { instance: 1, increment: 3 },
    { instance: 2 },
    { instance: 2, increment: 3, max: 9n },
  ]) {
    await assert.rejects(openSequence({ confdir, ...other }), { code: 'parameters' });
  }
  assert.deepEqual(readFileSync(join(confdir, 'txnid.dat')), before);
  const again = await openSequence({ confdir, instance: 2, increment: 3 });
  assert.equal(again.next(), 5n);
  await again.close();
});

test('the end of a sequence is an error, and nothing wraps', async () => {
  const confdir = freshConfdir();
  const sequence = await openSequence({ confdir, instance: 1, increment: 4, max: 10n });
  assert.deepEqual([sequence.next(), sequence.next(), sequence.next()], [1n, 5n, 9n]);
  for (let again = 0; again < 3; again++) {
    assert.throws(() => sequence.next(), { code: 'sequence-end' });
    assert.throws(() => sequence.take(1), { code: 'sequence-end' });
  }
  await sequence.close();
  await assert.rejects(openSequence({ confdir, instance: 1, increment: 4, max: 10n }), {
    code: 'sequence-end',
  });
});

test('a program may change its working directory while a sequence is open', async (t) => {
  const confdir = freshConfdir();
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(dirname(confdir));
  const sequence = await openSequence({ confdir: basename(confdir) });
  process.chdir('/');
  assert.equal(sequence.next(), 1n);
  await sequence.close();
  assert.deepEqual(readdirSync(confdir).sort(), ['txnid.audit', 'txnid.dat']);
});

test('options that are none are refused before anything is made', async () => {
  const confdir = freshConfdir();
  for (const [options, what] of [
    [{}, 'confdir is undefined: must be the path of a directory'],
    [{ confdir: '' }, 'confdir is "": must be the path of a directory'],
    [{ confdir, max: 100 }, 'max is 100: must be a bigint from 1 to 18446744073709551614'],
    [{ confdir, max: 0n }, 'max is 0: must be a bigint from 1 to 18446744073709551614'],
    [{ confdir, instance: '1' }, 'instance is "1": must be a whole number from 0 to 32767'],
    [{ confdir, increment: 0 }, 'increment is 0: must be a whole number from 1 to 32767'],
  ] as const) {
    await assert.rejects(openSequence(options as unknown as OpenSequenceOptions), {
      code: 'settings',
      message: `Cannot open the sequence: ${what}`,
    });
  }
  assert.deepEqual(readdirSync(confdir), []);
});

test('an absent confdir is refused, and not made', async () => {
  const confdir = absentConfdir();
  await assert.rejects(openSequence({ confdir }), {
    code: 'settings',
    message: `The confdir ${confdir} does not exist: mount or restore it, or correct the path; where there never was one, run "txnid init"`,
  });
  assert.equal(existsSync(confdir), false);
});

test('with create false an instance that is not there is refused, and one that is goes on', async () => {
  const confdir = freshConfdir();
  await assert.rejects(openSequence({ confdir, create: false }), {
    code: 'state',
    message:
      /^There is no instance in .*, and create is false: mount or put back its files; "txnid init"/,
  });
  assert.deepEqual(readdirSync(confdir), []);
  await (await openSequence({ confdir, create: true })).close();
  const sequence = await openSequence({ confdir, create: false });
  assert.equal(sequence.next(), 1n);
  await sequence.close();
  const create = 'no' as unknown as boolean;
  await assert.rejects(openSequence({ confdir, create }), {
    code: 'settings',
    message: 'Cannot open the sequence: create is "no": must be true or false',
  });
});

test('a sequence without any number fixes no parameters', async () => {
  const confdir = freshConfdir();
  const options = { confdir, instance: 7, increment: 2 };
  await assert.rejects(openSequence({ ...options, max: 6n }), { code: 'sequence-end' });
  const sequence = await openSequence({ ...options, max: 7n });
  assert.equal(sequence.next(), 7n);
  await sequence.close();
});
