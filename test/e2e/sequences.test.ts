/** Sequences by name: served beside the instance's own, each with files of its own. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { connect } from '../../src/client/client.js';
import { openSequence } from '../../src/index.js';
import { eventNames } from '../support/fixtures/audit-lines.js';
import { Daemon } from '../support/processes/daemon.js';
import { get, samplesIn } from '../support/processes/http-client.js';
import {
  type NamedInstance,
  namedInstance,
  numberOf,
  numbersOf,
  withNames,
} from '../support/processes/named-instance.js';
import { askNumber, freePort } from '../support/processes/one-shot-client.js';
import { assertRefused } from '../support/processes/refusal.js';
import { SessionClient } from '../support/processes/session-client.js';
import { runTxnid, until } from '../support/processes/txnid-process.js';

const directoryOf = ({ confdir }: NamedInstance, name: string) => join(confdir, 'sequences', name);

/** What is in all files of an instance, and when each was written. */
function snapshotOf({ confdir }: NamedInstance, below: string): Record<string, string> {
  const files = readdirSync(join(confdir, below), { recursive: true }).map(String).sort();
  return Object.fromEntries(
    files.map((file) => {
      const path = join(confdir, below, file);
      const { mtimeMs, size } = statSync(path);
      const bytes = statSync(path).isFile() ? readFileSync(path, 'latin1') : '';
      return [file, `${mtimeMs} ${size} ${bytes}`];
    }),
  );
}

async function accept(instance: NamedInstance) {
  return await runTxnid(['accept', ...instance.values]);
}

test('each name counts for itself, over clean stops and in the order asked', async () => {
  const instance = await namedInstance(['orders', 'in.voices'], '-increment', '3');
  for (const from of [0n, 1n]) {
    const daemon = await Daemon.start(instance);
    assert.equal(daemon.first, 1n + 3n * from);
    const client = await SessionClient.open(instance.sessionPort);
    const first = 1n + 3n * 6n * from;
    const replies = await client.ask(
      '\x01orders\x02\x01orders 5\x02\x01none\x02\x01none 7\x02\x07\x01in.voices\x02',
    );
    const own = `${1n + 3n * from}\x03`;
    assert.equal(replies, `${first}\x03${first + 3n}+3*5\x03\x15\x15\x07${own}`);
    client.socket.destroy();
    assert.equal((await daemon.stop()).code, 0);
  }
  const { stdout } = await runTxnid(['status', '-json', ...instance.values]);
  const { next, sequences } = JSON.parse(stdout);
  assert.equal(next, '7');
  assert.deepEqual(
    sequences.map(({ name, next, clean, running }: Record<string, unknown>) => ({
      name,
      next,
      clean,
      running,
    })),
    [
      { name: 'in.voices', next: '7', clean: true, running: false },
      { name: 'orders', next: '37', clean: true, running: false },
    ],
  );
});

test('a crash burns no more of a name than was reserved, and nothing of one that nobody asked', async () => {
  const instance = await namedInstance(['asked', 'quiet'], '-mark-every', '10');
  let last = 0n;
  for (let turn = 0; turn < 3; turn++) {
    const daemon = await Daemon.start(instance);
    const number = await numberOf(instance, 'asked');
    assert.ok(number > last && number <= last + 11n, `${number} after ${last}`);
    last = number;
    const ended = await daemon.kill();
    if (turn > 0)
      assert.match(ended.stderr, /sequence asked: crash found, up to \d+ numbers burnt/);
    assert.doesNotMatch(ended.stderr, /sequence quiet/);
  }
  const daemon = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'quiet'), 1n);
  await daemon.stop();
});

test('a name that nobody asks is not written at a start or a stop', async () => {
  const instance = await namedInstance(['quiet', 'asked']);
  const first = await Daemon.start(instance);
  await numberOf(instance, 'asked');
  await first.stop();
  const before = snapshotOf(instance, 'sequences/quiet');
  const other = snapshotOf(instance, 'sequences/asked');
  const daemon = await Daemon.start(instance);
  await numberOf(instance, 'default');
  await numberOf(instance, 'asked');
  assert.notDeepEqual(snapshotOf(instance, 'sequences/asked'), other);
  await daemon.stop();
  assert.deepEqual(snapshotOf(instance, 'sequences/quiet'), before);
  const { stdout } = await runTxnid(['audit', '-json', ...instance.values, '-sequence', 'quiet']);
  assert.deepEqual(
    JSON.parse(stdout).map(({ event }: { event: string }) => event),
    ['created'],
  );
});

test('a name is made by its name in the settings and accept, and by nothing else', async () => {
  const instance = await namedInstance(['orders']);
  const daemon = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'orders'), 1n);
  await daemon.stop();
  const more = withNames(instance, ['order', 'orders']);
  const refused = await runTxnid(more.values);
  assertRefused(
    refused,
    80,
    /sequences is \[order, orders\] \(-sequences\), the saved value is \[orders\]/,
  );
  assert.deepEqual(readdirSync(join(instance.confdir, 'sequences')), ['orders']);
  const accepted = await accept(more);
  assert.equal(accepted.code, 0, accepted.stderr);
  const second = await Daemon.start(more);
  assert.equal(await numberOf(instance, 'orders'), 2n);
  assert.equal(await numberOf(instance, 'order'), 1n);
  await second.stop();
  assert.deepEqual(eventNames(instance.confdir).slice(-5), [
    'stopped',
    'refused',
    'accepted',
    'started',
    'stopped',
  ]);
});

test('a name that is taken off keeps its files, and goes on once it is put back', async () => {
  const instance = await namedInstance(['orders', 'tickets']);
  const daemon = await Daemon.start(instance);
  assert.deepEqual(await numbersOf(instance, 'orders', 3), [1n, 2n, 3n]);
  await daemon.stop();
  const less = withNames(instance, ['tickets']);
  assert.equal((await accept(less)).code, 0);
  const without = await Daemon.start(less);
  await assert.rejects(numberOf(less, 'orders'), {
    code: 'unknown-sequence',
    mayHaveConsumed: false,
  });
  await without.stop();
  assert.equal((await accept(instance)).code, 0);
  const again = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'orders'), 4n);
  await again.stop();
});

test('parameters that shape the numbers are taken for all names at once, and none goes back', async () => {
  const instance = await namedInstance(['orders', 'off'], '-increment', '1');
  const daemon = await Daemon.start(instance);
  assert.equal((await numbersOf(instance, 'orders', 5)).at(-1), 5n);
  assert.equal((await numbersOf(instance, 'off', 9)).at(-1), 9n);
  await daemon.stop();
  // One that is off the list at the time keeps its own until it is put back.
  const less = withNames(instance, ['orders']);
  const wider = { ...less, values: less.values.map((value) => (value === '1' ? '4' : value)) };
  const accepted = await accept(wider);
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(
    accepted.stdout,
    /increment is 4 \(-increment\), the saved value is 1 of the sequence orders\n/,
  );
  assert.match(accepted.stdout, /next 9 of the sequence orders\n/);
  const both = withNames(wider, ['orders', 'off']);
  assertRefused(await runTxnid(both.values), 80, /sequences is \[orders, off\]/);
  assert.match((await accept(both)).stdout, /next 13 of the sequence off\n/);
  const again = await Daemon.start(both);
  assert.deepEqual(await numbersOf(both, 'orders', 2), [9n, 13n]);
  assert.deepEqual(await numbersOf(both, 'off', 2), [13n, 17n]);
  await again.stop();
});

test('an accept that was cut off between two sequences is told, and made good by another', async () => {
  const instance = await namedInstance(['orders'], '-increment', '1');
  await (await Daemon.start(instance)).stop();
  // As if it had come to the name, and not to the instance itself.
  const wider = {
    ...instance,
    values: instance.values.map((value) => (value === '1' ? '2' : value)),
  };
  const only = { ...instance, values: [...wider.values] };
  assert.equal((await accept(only)).code, 0);
  const own = await runTxnid(['status', '-json', ...wider.values]);
  assert.equal(JSON.parse(own.stdout).parameters.increment, 2);
  const sequence = await openSequence({ confdir: instance.confdir, name: 'orders', increment: 2 });
  await sequence.close();
  assertRefused(
    await runTxnid(instance.values),
    80,
    /increment is 1 \(-increment\), the saved value is 2/,
  );
});

test('commands take a sequence by its name, and refuse one that is none', async () => {
  const instance = await namedInstance(['orders']);
  const daemon = await Daemon.start(instance);
  const next = await runTxnid(['next', '3', '-sequence', 'orders', ...instance.values]);
  assert.equal(next.stdout, '1\n2\n3\n');
  const unknown = await runTxnid(['next', '-sequence', 'order', ...instance.values]);
  assertRefused(unknown, 69, /serves no sequence order: see sequences in the settings/);
  const bench = await runTxnid([
    'bench',
    '-seconds',
    '0.2',
    '-depth',
    '7',
    '-sequence',
    'orders',
    '-json',
    ...instance.values,
  ]);
  assert.equal(bench.code, 0, bench.stderr);
  const { numbers: told, violation } = JSON.parse(bench.stdout);
  const numbers = Number(told);
  assert.ok(numbers > 0);
  assert.equal(violation, null);
  await daemon.stop();
  const status = await runTxnid([
    'status',
    '-json',
    '-sequence',
    'orders',
    '-confdir',
    instance.confdir,
  ]);
  // Four asked beside the load: three, and the one by which it finds out where the numbers are.
  assert.equal(JSON.parse(status.stdout).next, String(numbers + 5));
  const advanced = await runTxnid([
    'advance',
    '9000000',
    '-sequence',
    'orders',
    ...instance.values,
  ]);
  assert.equal(advanced.stdout, `from ${numbers + 5}\nto 9000000\n`);
  const audit = await runTxnid([
    'audit',
    '-verify',
    '-sequence',
    'orders',
    '-confdir',
    instance.confdir,
  ]);
  assert.match(audit.stdout, /advanced {2}next 9000000 .*\nwhole: 4 events\n$/s);
  for (const command of [['status'], ['audit'], ['advance', '5']]) {
    const values = [...command, '-sequence', 'nothing', ...instance.values];
    assertRefused(await runTxnid(values), 65, /There is no sequence nothing in /);
    const misnamed = [...command, '-sequence', '../x', ...instance.values];
    assertRefused(await runTxnid(misnamed), 64, /-sequence is "\.\.\/x": must be 1 to 64 of/);
  }
  const without = ['next', '-sequence', 'orders', '-confdir', instance.confdir];
  assertRefused(await runTxnid(without), 64, /Cannot ask the sequence orders on the one-shot port/);
});

test('the Redis port and the metrics know the names', async () => {
  const [redisPort, metricsPort] = [await freePort(), await freePort()];
  const ports = ['-redis-port', String(redisPort), '-metrics-port', String(metricsPort)];
  const instance = await namedInstance(['orders'], ...ports);
  const daemon = await Daemon.start(instance);
  const client = await SessionClient.open(redisPort);
  const asked =
    'INCR orders\r\nINCRBY orders 5\r\nGET orders\r\nINCR default\r\nKEYS *\r\nINCR Orders\r\n';
  const replies = await client.ask(asked, "no such sequence 'Orders'\r\n");
  const expected =
    ":1\r\n:6\r\n$1\r\n6\r\n:2\r\n*2\r\n$7\r\ndefault\r\n$6\r\norders\r\n-ERR no such sequence 'Orders'\r\n";
  assert.equal(replies, expected);
  client.socket.destroy();
  const samples = samplesIn((await get(metricsPort, '/metrics')).body);
  assert.equal(samples.get('txnid_next_number_low{sequence="orders"}'), 7);
  assert.equal(samples.get('txnid_next_number_low{sequence="default"}'), 3);
  await daemon.stop();
});

test('who embeds a sequence may have it by its name, beside others of the confdir', async () => {
  const instance = await namedInstance(['orders']);
  const daemon = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'orders'), 1n);
  const { confdir } = instance;
  await assert.rejects(openSequence({ confdir, name: 'orders' }), { code: 'locked' });
  await daemon.stop();
  const orders = await openSequence({ confdir, name: 'orders' });
  const own = await openSequence({ confdir, name: 'default' });
  assert.deepEqual([orders.next(), orders.next(), own.next()], [2n, 3n, 2n]);
  assertRefused(
    await runTxnid(instance.values),
    75,
    /confdir\/txnid\.dat: it is locked by process \d+/,
  );
  await own.close();
  assertRefused(
    await runTxnid(instance.values),
    75,
    /sequences\/orders\/txnid\.dat: it is locked by process \d+/,
  );
  await orders.close();
  await assert.rejects(openSequence({ confdir, name: 'order' }), {
    code: 'state',
    message: /There is no sequence order in/,
  });
  await assert.rejects(openSequence({ confdir, name: '../x' }), { code: 'settings' });
  await assert.rejects(openSequence({ confdir, name: 'orders', increment: 2 }), {
    code: 'parameters',
  });
  const made = await openSequence({ confdir, name: 'order', create: true });
  assert.equal(made.next(), 1n);
  await made.close();
  const again = await Daemon.start(instance);
  assert.equal(await numberOf(instance, 'orders'), 4n);
  await again.stop();
});

test('a client that asks several names at once gets the numbers of each, in order', async () => {
  const names = ['a', 'b', 'c'];
  const instance = await namedInstance(names, '-threads', '2');
  const daemon = await Daemon.start(instance);
  const client = await connect({ host: '127.0.0.1', port: instance.sessionPort });
  const asked = Array.from({ length: 3000 }, (_, index) =>
    client.sequence(names[index % 3] ?? '').next(),
  );
  const numbers = await Promise.all(asked);
  for (const [place] of names.entries()) {
    const own = numbers.filter((_, index) => index % 3 === place);
    assert.deepEqual(
      own,
      own.map((_, index) => BigInt(index + 1)),
    );
  }
  await assert.rejects(client.sequence('d').take(5), { code: 'unknown-sequence' });
  assert.throws(() => client.sequence('-'), { code: 'argument' });
  const range = await client.sequence('b').take(1_000_000);
  assert.deepEqual([range.first, range.last], [1001n, 1_001_000n]);
  await client.close();
  await daemon.stop();
});

test('a name that is at its end is told, and the others go on', async () => {
  const instance = await namedInstance(['short'], '-max', '20');
  const daemon = await Daemon.start(instance);
  assert.deepEqual((await numbersOf(instance, 'short', 20)).at(-1), 20n);
  for (let turn = 0; turn < 2; turn++) {
    const client = await SessionClient.open(instance.sessionPort);
    client.send('\x02\x01short\x02');
    await client.closed();
    assert.equal(client.received, `${turn + 2}\x03`);
  }
  await until(() => daemon.process.stderr.includes('(sequence short)'), 'the fault');
  const ended = await daemon.stop();
  assert.equal(ended.code, 0);
  const told = ended.stderr.match(/The sequence is at its end.*\(sequence short\)/g);
  assert.equal(told?.length, 1, ended.stderr);
  const again = await Daemon.start(instance);
  assert.equal(await askNumber(instance.port), again.first + 1n);
  await again.stop();
});

test('a first start that fails leaves no instance behind, and the next one makes it whole', async () => {
  const instance = await namedInstance(['orders', 'tickets']);
  // The port is taken by the one that is there.
  const daemon = await Daemon.start(instance);
  const other = await namedInstance(['orders']);
  const taken = other.values.map((value) =>
    value === String(other.port) ? String(instance.port) : value,
  );
  const failed = await runTxnid(taken);
  assert.equal(failed.code, 255);
  assert.deepEqual(readdirSync(other.confdir), []);
  await daemon.stop();
  const whole = await Daemon.start(other);
  assert.equal(await numberOf(other, 'orders'), 1n);
  await whole.stop();
  assert.deepEqual(readdirSync(directoryOf(other, 'orders')), ['txnid.audit', 'txnid.dat']);
});
