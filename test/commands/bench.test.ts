/** `txnid bench` as a process of its own: against the daemon, and against servers that fail or lie. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { etx, FakeServer } from '../client/fake-server.js';
import { absentConfdir } from '../support/fixtures/scratch.js';
import { Daemon, newInstance } from '../support/processes/daemon.js';
import { askNumber, freePort } from '../support/processes/one-shot-client.js';
import { runTxnid, TxnidProcess, until } from '../support/processes/txnid-process.js';

const short = ['-confdir', absentConfdir(), '-seconds', '0.2'];
let daemon: Daemon;
let sessionPort: string;

before(async () => {
  sessionPort = String(await freePort());
  const values = ['-increment', '3', '-session-port', sessionPort, '-max-sessions', '60'];
  daemon = await Daemon.start(await newInstance(...values));
});
after(() => daemon.kill());

/** For runs that what they find ends. */
const long = ['-seconds', '60'];

async function bench(...values: string[]) {
  const ended = await runTxnid(['bench', ...short, ...values]);
  const report = ended.stdout.startsWith('{') ? JSON.parse(ended.stdout) : undefined;
  return { ...ended, report };
}

test('on the session port it gets numbers, finds them as they should be, and says how fast', async () => {
  const { code, stderr, report } = await bench(
    '-json',
    '-session-port',
    sessionPort,
    '-depth',
    '64',
  );
  assert.deepEqual([code, stderr], [0, '']);
  const { port, failed, violation, increment, latencyMs } = report;
  assert.deepEqual([port, failed, violation, increment], ['session', '0', null, 3]);
  assert.ok(BigInt(report.numbers) > 0n);
  const { p50, p99, p999, max } = latencyMs;
  assert.ok(0 < p50 && p50 <= p99 && p99 <= p999 && p999 <= max);
  const counted = report.histogram.map(({ count }: { count: string }) => BigInt(count));
  assert.equal(
    counted.reduce((sum: bigint, count: bigint) => sum + count, 0n),
    BigInt(report.numbers),
  );
});

test('on the one-shot port it prints aligned lines for people', async () => {
  const { code, stdout, stderr } = await bench('-port', `${daemon.port}`, '-increment', '3');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, new RegExp(`^server   127\\.0\\.0\\.1:${daemon.port}, one-shot port\n`));
  assert.match(stdout, /^numbers {2}[1-9]\d* in 0\.\d\d s, \d+ a second$/m);
  assert.match(stdout, /^failed {3}0$/m);
  assert.match(
    stdout,
    /^checked {2}no number twice, none out of order, all a multiple of 3 apart$/m,
  );
  assert.match(stdout, /^latency {2}p50 [\d.]+ {2}p99 [\d.]+ {2}p99\.9 [\d.]+ {2}max [\d.]+ ms$/m);
  assert.match(stdout, /^ {2}to +[\d.]+ ms +[\d.]+% {2}#+$/m);
  assert.match(stdout, /^own CPU {2}[\d.]+ us a number, \d+% of one CPU$/m);
});

test('numbers off the increment that was given are an error', async () => {
  const { code, stdout, stderr } = await bench('-port', `${daemon.port}`, '-increment', '7');
  assert.equal(code, 65);
  assert.match(stdout, /^checked {2}FAILED: \d+ is not of the progression/m);
  assert.match(stderr, /^txnid: The numbers of .* break the promise: \d+ is not of .*\n$/);
});

test('sessions that the server turns away are told, those it takes go on', async () => {
  const flags = ['-session-port', sessionPort, '-connections', '70', '-seconds', '1'];
  const { code, stderr, report } = await bench('-json', ...flags);
  assert.deepEqual([code, report.violation], [69, null]);
  assert.ok(BigInt(report.failed) >= 10n && BigInt(report.numbers) > 0n);
  assert.match(stderr, /brought no number.*the server closed the connection.*max-sessions\n$/);
});

test('an interrupt ends it early, and what was measured is told', async () => {
  const flags = ['-port', `${daemon.port}`, '-seconds', '600', '-confdir', absentConfdir()];
  const process = new TxnidProcess(['bench', ...flags]);
  const first = await askNumber(daemon.port);
  const isUnderLoad = async () => (await askNumber(daemon.port)) > first + 3000n;
  await until(isUnderLoad, 'load');
  const { code, stdout, stderr } = await process.end('SIGINT');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^numbers {2}[1-9]/m);
});

test('where no server is, it says so as "txnid next" does', async () => {
  const port = String(await freePort());
  for (const flag of ['-port', '-session-port']) {
    const { code, stdout, stderr } = await bench(flag, port);
    assert.deepEqual([code, stdout], [69, '']);
    assert.match(stderr, /^txnid: Cannot .*ECONNREFUSED.*: start txnid there, .*\n$/);
  }
});

/** Against a session server that does `answering` with all but the first question. */
async function benchFake(
  context: { after: (end: () => Promise<void>) => void },
  answering: (server: FakeServer, connection: Socket, bytes: string) => void,
  ...values: string[]
) {
  const server = await FakeServer.listen((connection, bytes) => {
    if (/\d/.test(bytes)) server.answer(connection, bytes);
    else answering(server, connection, bytes);
  });
  context.after(() => server.close());
  return await bench('-json', '-session-port', String(server.port), ...values);
}

test('a number that comes twice is an error', async (context) => {
  let lies = 0;
  const { code, stderr, report } = await benchFake(
    context,
    (server, connection, bytes) => {
      const isLie = server.next > 300n && lies++ === 0;
      if (isLie) server.next -= 5n;
      server.answer(connection, bytes);
    },
    ...long,
  );
  assert.equal(code, 65);
  assert.match(report.violation, /^\d+ (was handed out twice|came for a request)/);
  assert.match(stderr, /^txnid: The numbers of 127.* break the promise: .*: stop it, .*\n$/);
});

test('a number that was kept back is out of order', async (context) => {
  let kept: bigint | undefined;
  const { code, report } = await benchFake(
    context,
    (server, connection, bytes) => {
      if (server.next === 200n) kept = server.next++;
      if (server.next > 400n && kept !== undefined) {
        connection.write(`${kept}${etx}`);
        kept = undefined;
      } else server.answer(connection, bytes);
    },
    ...long,
  );
  assert.equal(code, 65);
  assert.match(report.violation, /^200 came for a request that was sent after \d+ had come$/);
});

test('a server that says what is no number, closes, or says nothing, is told', async (context) => {
  const talks = await benchFake(context, (_, connection) => connection.write('hello'));
  assert.equal(talks.code, 69);
  assert.match(talks.stderr, /brought no number.*the server sent what is no reply/);
  for (const end of ['end', 'resetAndDestroy'] as const) {
    const closes = await benchFake(context, (_, connection) => connection[end]());
    assert.equal(closes.code, 69);
    assert.match(closes.stderr, /brought no number.*the server closed the connection/);
  }
  const sleeps = await benchFake(context, () => {}, '-connections', '3');
  assert.equal(sleeps.code, 69);
  assert.match(sleeps.stderr, /: 3 requests .* brought no number.*no answer came within 2000 ms/);
});

test('with a rate, a server that stalls shows in the latency of all that was due meanwhile', async (context) => {
  let isStalled = false;
  let held: (() => void)[] | undefined;
  const { code, report } = await benchFake(
    context,
    (server, connection, bytes) => {
      const answer = (): void => server.answer(connection, bytes);
      if (server.next > 20n && !isStalled) {
        isStalled = true;
        held = [];
        setTimeout(() => {
          for (const late of held ?? []) late();
          held = undefined;
        }, 200);
      }
      if (held === undefined) answer();
      else held.push(answer);
    },
    ...['-rate', '400', '-seconds', '0.5', '-connections', '4'],
  );
  assert.deepEqual([code, report.failed], [0, '0']);
  const isLong = ({ toMs }: { toMs: number }): boolean => toMs > 60;
  const long = report.histogram.filter(isLong);
  const count = long.reduce((sum: number, band: { count: string }) => sum + Number(band.count), 0);
  assert.ok(count > 30, `${count} requests were due long before they were answered, not only 4`);
});

/** The port of a one-shot server that does `answering`, told how many came before. */
async function oneShotServer(
  context: { after: (end: () => void) => void },
  answering: (connection: Socket, before: number) => void,
): Promise<string> {
  let connections = 0;
  const server = createServer((connection) => {
    connection.on('error', () => {});
    answering(connection, connections++);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return String((server.address() as AddressInfo).port);
}

test('a one-shot server that repeats itself is told', async (context) => {
  const port = await oneShotServer(context, (connection) => connection.end('5\n'));
  const { code, stderr } = await bench('-port', port, ...long);
  assert.equal(code, 65);
  assert.match(stderr, /break the promise: 5 was handed out twice/);
});

test('a one-shot server that is gone after the first number is told', async (context) => {
  const port = await oneShotServer(context, (connection, before) => {
    if (before === 0) connection.end('5\n');
    else connection.destroy();
  });
  const { code, stderr } = await bench('-port', port, ...long);
  assert.equal(code, 69);
  assert.match(stderr, /brought no number.*(without a number|ECONNRESET)/);
});

test('too few descriptors for its connections are told', async () => {
  const wrapper = ['prlimit', '--nofile=60:60'];
  const flags = ['bench', ...short, '-port', `${daemon.port}`, '-connections', '100'];
  const { code, stderr } = await runTxnid(flags, { wrapper });
  assert.equal(code, 69);
  assert.match(stderr, /^txnid: Cannot open that many connections: .*EMFILE.*ulimit -n.*\n$/);
});
