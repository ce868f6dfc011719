/** `txnid stop`, the pid-file, and the log for programs. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openSequence } from '../../src/index.js';
import { freshConfdir, freshDirectory, isRoot } from '../support/fixtures/scratch.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { askNumber } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { runTxnid, until } from '../support/processes/txnid-process.js';

async function stop(confdir: string) {
  return await runTxnid(['stop', '-confdir', confdir]);
}

test('stop asks the daemon of its confdir, waits for it, and tells the next number', async () => {
  const instance = await newInstance('-increment', '3');
  const other = await Daemon.start(await newInstance());
  const daemon = await Daemon.start(instance);
  await askNumber(instance.port);
  const stopped = await stop(instance.confdir);
  assert.deepEqual([stopped.code, stopped.stdout, stopped.stderr], [0, 'next 7\n', '']);
  const ended = await daemon.process.endedInTime();
  assert.equal(ended.code, 0);
  assert.match(ended.stderr, /stopped, next 7\n$/);
  assertRefused(await stop(instance.confdir), 69, /No txnid runs in /);
  assert.equal(await askNumber(other.instance.port), 2n, 'another one goes on');
  await other.stop();
});

test('stop leaves a program alone that embeds the sequence, and whatever is no daemon', async () => {
  const confdir = freshConfdir();
  assertRefused(await stop(confdir), 69, /No txnid runs in /);
  const sequence = await openSequence({ confdir });
  const refused = new RegExp(`Cannot stop process ${process.pid}, .*: it is not a txnid daemon`);
  assertRefused(await stop(confdir), 75, refused);
  assert.equal(sequence.next(), 1n);
  await sequence.close();
});

test('the pid-file has the pid while the service runs, and is empty after its stop', async () => {
  const path = join(freshDirectory(), 'txnid.pid');
  const instance = await newInstance('-pid-file', path);
  const daemon = await Daemon.start(instance);
  assert.equal(readFileSync(path, 'utf8'), `${daemon.process.pid}\n`);
  // A start that is refused leaves it alone.
  assert.equal((await runTxnid(instance.values)).code, 75);
  assert.equal(readFileSync(path, 'utf8'), `${daemon.process.pid}\n`);
  assert.equal((await stop(instance.confdir)).code, 0);
  assert.equal(readFileSync(path, 'utf8'), '');
  const again = await Daemon.start(instance);
  await again.kill();
  assert.equal(readFileSync(path, 'utf8'), `${again.process.pid}\n`, 'a crash leaves it');
});

test('a pid-file that cannot be written refuses the start, which makes nothing else of it', async () => {
  const directory = freshDirectory();
  const victim = join(directory, 'victim');
  writeFileSync(victim, 'kept');
  symlinkSync(victim, join(directory, 'link'));
  mkdirSync(join(directory, 'directory'));
  const refusals: [string, RegExp][] = [
    [join(directory, 'absent', 'pid'), /Cannot write the pid-file .*: ENOENT/],
    [join(directory, 'link'), /Cannot write the pid-file .*: it is a symbolic link/],
    [join(directory, 'directory'), /Cannot write the pid-file .*: EISDIR/],
  ];
  for (const [path, told] of refusals) {
    const { values } = await newInstance('-pid-file', path);
    assertRefused(await runTxnid(values), 78, told);
  }
  assert.equal(readFileSync(victim, 'utf8'), 'kept');
  const { values } = await newInstance();
  assertRefused(
    await runTxnid([...values, '-pid-file', 'pid']),
    78,
    /must be an absolute path, or none/,
  );
});

test('the log for programs is an object a line, with the names of the audit trail', async () => {
  const instance = await newInstance('-log', 'json');
  const daemon = await Daemon.start(instance);
  daemon.process.signal('SIGUSR1');
  await askNumber(instance.port);
  await until(() => daemon.process.stderr.includes('"status"'), 'the line of status');
  await daemon.kill();
  const again = await Daemon.start(instance);
  const { stderr } = await again.stop();
  const lines = [daemon.process.stderr, stderr].join('').trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line));
  for (const { time, severity, message, pid } of entries) {
    assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.match(severity, /^(err|warning|notice|info)$/);
    assert.ok(message !== '' && pid > 0);
  }
  const events = entries.flatMap(({ event, next }) =>
    event === undefined ? [] : [[event, event === 'status' ? 'any' : next]],
  );
  const first = String(again.first);
  assert.deepEqual(events, [
    ['created', '1'],
    ['status', 'any'],
    ['crash found', first],
    ['started', first],
    ['stopped', String(again.first + 1n)],
  ]);
  const crash = entries.find(({ event }) => event === 'crash found');
  assert.match(crash.burnt, /^\d+$/);
  if (isRoot) assert.equal(entries[0].severity, 'warning');
});

test('a start that is refused says so in the same form', async () => {
  const instance = await newInstance('-log', 'json');
  await (await Daemon.start(instance)).stop();
  const { code, stderr } = await runTxnid([
    ...instance.values,
    '-increment',
    '5',
    '-instance',
    '4',
  ]);
  assert.equal(code, 80);
  const faults = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const told = faults.filter(({ severity }) => severity === 'err');
  assert.deepEqual(
    told.map(({ what }) => what.split(' ')[0]),
    ['instance', 'increment'],
  );
  assert.ok(told.every(({ remedy }) => /accept/.test(remedy)));
});

test('what has to be asked for: -dry-run changes nothing, and a long way needs -yes', async () => {
  const instance = await newInstance('-increment', '2');
  const daemon = await Daemon.start(instance);
  const { confdir, values } = instance;
  const dryBeside = await runTxnid(['advance', '1001', '-dry-run', ...values]);
  assert.equal(dryBeside.code, 64, 'what is reserved is beyond that while it runs');
  await daemon.stop();
  const before = readFileSync(join(confdir, 'txnid.audit'), 'utf8');
  const advance = (number: bigint, ...flags: string[]) =>
    runTxnid(['advance', String(number), ...flags, ...values]);
  assert.equal((await advance(1000n, '-dry-run')).stdout, 'from 3\nto 1001\n');
  const far = 2n ** 42n;
  assert.equal((await advance(far, '-dry-run')).stdout, `from 3\nto ${far + 1n}\n`);
  assertRefused(await advance(far), 64, /leaves out \d+ numbers, more than 2\^40: add -yes/);
  const end = 2n ** 64n - 10n;
  assertRefused(await advance(end), 64, /leaves 4 numbers up to the end of the sequence: add -yes/);
  const accept = (...flags: string[]) => runTxnid(['accept', '-confdir', confdir, ...flags]);
  const shown = await accept('-increment', '5', '-dry-run');
  assert.match(shown.stdout, /^increment is 5 \(-increment\), the saved value is 2$/m);
  assert.match(shown.stdout, /^next 6$/m);
  // Port and address came as flags of the last start.
  assertRefused(
    await accept('-increment', '5'),
    64,
    /Flags or the environment of the last start are not given now: .*port is 8963 \(default\)/,
  );
  assert.equal(readFileSync(join(confdir, 'txnid.audit'), 'utf8'), before, 'nothing was told');
  assert.equal((await accept('-increment', '5', '-yes')).code, 0);
  const moved = await runTxnid([
    'advance',
    String(far),
    '-yes',
    '-confdir',
    confdir,
    '-increment',
    '5',
  ]);
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, /^from 6\nto 43980465111\d\d\n$/);
});

test('-dry-run of a file that cannot be used tells what a rebuild would go above', async () => {
  const instance = await newInstance();
  const daemon = await Daemon.start(instance);
  await daemon.stop();
  const path = join(instance.confdir, 'txnid.dat');
  writeFileSync(path, 'damaged');
  const dry = await runTxnid(['advance', '1', '-dry-run', ...instance.values]);
  assert.deepEqual([dry.code, dry.stderr], [0, '']);
  assert.match(dry.stdout, /^from \d+\nto \d+\n$/);
  assert.equal(readFileSync(path, 'utf8'), 'damaged');
  const absent = await newInstance();
  const nothing = await runTxnid(['advance', '5', '-dry-run', ...absent.values]);
  assert.equal(nothing.stdout, 'from 1\nto 5\n');
  assert.equal(existsSync(join(absent.confdir, 'txnid.dat')), false);
});
