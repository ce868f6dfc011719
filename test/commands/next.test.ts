/** `txnid next` as a process of its own, against the fake session server and against the daemon. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { bel, FakeServer, stx } from '../client/fake-server.js';
import { needsRoot } from '../jail/place.js';
import { confdirWith } from '../support/fixtures/confdirs.js';
import { absentConfdir } from '../support/fixtures/scratch.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { freePort } from '../support/processes/one-shot-client.js';
import { runTxnid } from '../support/processes/txnid-process.js';

/** The numbers that the command prints, a line each, without a confdir, which it must not make. */
async function numbersOf(...values: string[]): Promise<bigint[]> {
  const confdir = absentConfdir();
  const { code, stdout, stderr } = await runTxnid(['next', '-confdir', confdir, ...values]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(existsSync(confdir), false);
  assert.ok(stdout.endsWith('\n'));
  return stdout.slice(0, -1).split('\n').map(BigInt);
}

test('without a session port it asks the one-shot port, once for each number', async (context) => {
  const daemon = await Daemon.start(await newInstance('-increment', '3'));
  context.after(() => daemon.kill());
  const port = String(daemon.port);
  assert.deepEqual(await numbersOf('-port', port), [daemon.first + 3n]);
  const more = await numbersOf('3', '-port', port, '-ip', '127.0.0.1');
  assert.deepEqual(more, [daemon.first + 6n, daemon.first + 9n, daemon.first + 12n]);
});

test('with a session port it asks there, for one range', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  const sessionPort = String(server.port);
  assert.deepEqual(await numbersOf('-session-port', sessionPort), [1n]);
  const many = await numbersOf('123456', '-session-port', sessionPort);
  assert.equal(many.length, 123_456);
  assert.ok(many.every((number, index) => number === BigInt(index + 2)));
  assert.deepEqual(
    server.received.map((pieces) => pieces.join('')),
    [`${bel}1${stx}`, `${bel}123456${stx}`],
  );
});

test('where max-range is less it asks for as many ranges as it takes', async (context) => {
  const sessionPort = String(await freePort());
  const flags = ['-session-port', sessionPort, '-max-range', '7'];
  const daemon = await Daemon.start(await newInstance(...flags));
  context.after(() => daemon.kill());
  const numbers = await numbersOf('2000', '-ip', '127.0.0.1', ...flags);
  const { first } = daemon;
  assert.deepEqual(
    numbers,
    Array.from({ length: 2000 }, (_, index) => first + 1n + BigInt(index)),
  );
  const unaware = ['-confdir', absentConfdir(), '-ip', '127.0.0.1', '-session-port', sessionPort];
  const { code, stdout, stderr } = await runTxnid(['next', '8', ...unaware]);
  assert.deepEqual([code, stdout], [69, '']);
  assert.match(stderr, /^txnid: .*: see the log of txnid there, and set max-range as it is there/);
});

test(
  'a confdir that its user may not read is no matter where the port is given',
  needsRoot,
  async (context) => {
    const daemon = await Daemon.start(await newInstance());
    context.after(() => daemon.kill());
    const confdir = confdirWith('port: 1\n');
    const nobody = 65534;
    const asNobody = async (...values: string[]) =>
      await runTxnid(['next', '-confdir', confdir, ...values], {
        uid: nobody,
        gid: nobody,
        cwd: '/',
      });
    const given = await asNobody('-port', String(daemon.port));
    assert.deepEqual([given.code, given.stdout, given.stderr], [0, `${daemon.first + 1n}\n`, '']);
    const guessed = await asNobody('-ip', '127.0.0.2');
    assert.equal(guessed.code, 69);
    assert.match(
      guessed.stderr,
      /^txnid: Cannot read .*txnid\.yaml: EACCES.*, so port 8963 is asked: let/,
    );
  },
);

test('a port that is silent is wondered at while it is asked', async (context) => {
  const daemon = await Daemon.start(await newInstance('-session-port', String(await freePort())));
  context.after(() => daemon.kill());
  const sessionPort = daemon.instance.values.at(-1) ?? '';
  const { code, stderr } = await runTxnid([
    ...['next', '-confdir', absentConfdir(), '-ip', '127.0.0.1', '-port', sessionPort],
  ]);
  assert.equal(code, 69);
  const hint = `txnid: Nothing has come from 127.0.0.1:${sessionPort} so far: if that is a session port, ask it with -session-port ${sessionPort}; else wait`;
  assert.equal(stderr.split('\n')[0], hint);
});

test('where no server is, it says so and ends with 69', async () => {
  const port = String(await freePort());
  for (const flag of ['-port', '-session-port']) {
    const { code, stdout, stderr } = await runTxnid([
      'next',
      '-confdir',
      absentConfdir(),
      flag,
      port,
    ]);
    assert.deepEqual([code, stdout], [69, '']);
    assert.match(
      stderr,
      new RegExp(`^txnid: Cannot .*127\\.0\\.0\\.1:${port}: .*ECONNREFUSED.*\n$`),
    );
  }
});

test('a one-shot port in place of the session port is refused', async (context) => {
  const daemon = await Daemon.start(await newInstance());
  context.after(() => daemon.kill());
  const flags = ['-confdir', absentConfdir(), '-session-port', String(daemon.port)];
  const { code, stderr } = await runTxnid(['next', ...flags]);
  assert.equal(code, 69);
  assert.match(
    stderr,
    /no session port of txnid: it sent .*: set the ip and port where txnid runs\n$/,
  );
});

for (const count of ['0', '1000001', '-1', '1e3', '0x1']) {
  test(`a count of ${count} is refused`, async () => {
    const { code, stderr } = await runTxnid(['next', count, '-confdir', absentConfdir()]);
    assert.equal(code, 64);
    assert.match(stderr, /give a whole number from 1 to 1000000\n$/);
  });
}

test('a reader that is slow gets the last numbers too', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  const wrapper = ['sh', '-c', '"$@" | (sleep 1; wc -l)', 'sh'];
  const flags = ['-session-port', String(server.port), '-confdir', absentConfdir()];
  // A little more than a pipe holds, so that the rest is still in the process when all is asked for.
  for (const count of ['11500', '12000', '12500']) {
    const { stdout } = await runTxnid(['next', count, ...flags], { wrapper });
    assert.equal(stdout.trim(), count);
  }
});

test('numbers that cannot be written are an error, a reader that has seen enough is none', async (context) => {
  const server = await FakeServer.listen();
  context.after(() => server.close());
  const ask = async (output: string) => {
    const wrapper = ['sh', '-c', `"$@" ${output}`, 'sh'];
    const values = ['next', '100000', '-session-port', String(server.port)];
    return await runTxnid([...values, '-confdir', absentConfdir()], { wrapper });
  };
  const full = await ask('>/dev/full');
  assert.equal(full.code, 74);
  assert.match(full.stderr, /^txnid: Cannot write all numbers: .*ENOSPC.*\n$/);
  const first = await ask('| head -n 1');
  assert.deepEqual([first.stdout, first.stderr], ['100001\n', '']);
});
