/** The Redis port of the daemon itself, with clients that know Redis only. */

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { createClient, createClientPool } from 'redis';
import { Daemon, type Instance, newInstance } from '../support/processes/daemon.js';
import { ask, askNumber, freePort } from '../support/processes/one-shot-client.js';
import { faultsOf } from '../support/processes/refusal.js';
import { runTxnid, until } from '../support/processes/txnid-process.js';

interface RedisInstance extends Instance {
  readonly redisPort: number;
}

async function redisInstance(...values: string[]): Promise<RedisInstance> {
  const redisPort = await freePort();
  const instance = await newInstance('-redis-port', String(redisPort), ...values);
  return { ...instance, redisPort };
}

/** All that the port sends for these bytes, until it closes or has been silent for a while. */
async function exchange(
  port: number,
  bytes: string | Buffer,
): Promise<{ text: string; isClosed: boolean }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isClosed = false;
  socket
    .on('error', () => {})
    .on('close', () => {
      isClosed = true;
    });
  socket.setEncoding('latin1').on('data', (data) => {
    text += data;
  });
  socket.write(bytes);
  // The reply to the last request says that all are answered.
  const mark = `mark-${Math.random()}`;
  socket.write(`ECHO ${mark}\r\n`);
  await until(() => isClosed || text.includes(mark), 'it answers or closes');
  socket.destroy();
  return { text: text.split(/\$\d+\r\nmark-/)[0] ?? '', isClosed };
}

let shared: RedisInstance;
let daemon: Daemon;
before(async () => {
  shared = await redisInstance('-increment', '3');
  daemon = await Daemon.start(shared);
});
after(() => daemon.kill());

for (const RESP of [2, 3] as const) {
  test(`node-redis, its defaults and RESP${RESP}: commands, pipelines, errors`, async () => {
    const client = createClient({ RESP, socket: { host: '127.0.0.1', port: shared.redisPort } });
    await client.connect();
    const first = await client.incr('default');
    assert.equal(await client.incrBy('default', 10), first + 30);
    const numbers = await Promise.all(Array.from({ length: 1000 }, () => client.incr('default')));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => first + 30 + 3 * (index + 1)),
    );
    assert.equal(await client.get('default'), String(numbers.at(-1)));
    assert.deepEqual([await client.exists('default'), await client.type('default')], [1, 'string']);
    assert.deepEqual([await client.keys('*'), await client.dbSize()], [['default'], 1]);
    await assert.rejects(client.incr('orders'), { message: "ERR no such sequence 'orders'" });
    await assert.rejects(client.set('default', '1'), { message: /only hands out numbers/ });
    assert.equal(await client.ping(), 'PONG');
    await client.close();
  });
}

test('a pool of node-redis', async () => {
  const options = { socket: { host: '127.0.0.1', port: shared.redisPort } };
  const pool = createClientPool(options, { minimum: 2, maximum: 4 });
  await pool.connect();
  const numbers = await Promise.all(Array.from({ length: 200 }, () => pool.incr('default')));
  assert.equal(new Set(numbers).size, 200);
  await pool.close();
});

for (const [name, Client] of [
  ['ioredis', Redis],
  ['iovalkey', Valkey as unknown as typeof Redis],
] as const) {
  test(`${name}, its defaults: ready check, pipelines, quit`, async () => {
    const client = new Client({ host: '127.0.0.1', port: shared.redisPort });
    const first = await client.incr('default');
    const replies = await client
      .pipeline()
      .incr('default')
      .incrby('default', 5)
      .get('default')
      .exec();
    assert.deepEqual(replies, [
      [null, first + 3],
      [null, first + 18],
      [null, String(first + 18)],
    ]);
    await assert.rejects(client.incr('orders'), { message: "ERR no such sequence 'orders'" });
    assert.equal(await client.quit(), 'OK');
  });

  test(`${name} connects again after a kill, and gets no number twice`, async () => {
    const instance = await redisInstance();
    let server = await Daemon.start(instance);
    const client = new Client({
      host: '127.0.0.1',
      port: instance.redisPort,
      retryStrategy: () => 50,
    });
    client.on('error', () => {});
    const numbers: number[] = [];
    for (let round = 0; round < 3; round++) {
      // What was under way when the connection broke is asked again by the client: by itself a new request.
      while (numbers.length < 100 * (round + 1)) numbers.push(await client.incr('default'));
      await server.kill();
      server = await Daemon.start(instance);
    }
    numbers.push(await client.incr('default'));
    client.disconnect();
    await server.stop();
    assert.ok(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)));
  });
}

function lacks(program: string): { skip: string } | object {
  try {
    execFileSync(program, ['--version']);
    return {};
  } catch {
    return { skip: `${program} is not installed` };
  }
}
const run = promisify(execFile);

test('redis-cli, RESP2 and RESP3', lacks('redis-cli'), async () => {
  const cli = async (...words: string[]) =>
    (await run('redis-cli', ['-p', String(shared.redisPort), ...words])).stdout.trim();
  const first = Number(await cli('incr', 'default'));
  assert.equal(Number(await cli('-3', 'incrby', 'default', '2')), first + 6);
  assert.equal(await cli('get', 'default'), String(first + 6));
  assert.match(await cli('set', 'default', '1'), /^ERR txnid only hands out numbers/);
  assert.match(await cli('info', 'replication'), /^# Replication\s+role:master/);
});

test('redis-benchmark, pipelined', lacks('redis-benchmark'), async () => {
  const before = await askNumber(shared.port);
  const port = String(shared.redisPort);
  const args = ['-p', port, '-c', '20', '-P', '16', '-n', '20000', '-q', 'incr', 'default'];
  const { stdout, stderr } = await run('redis-benchmark', args);
  assert.match(stdout, /requests per second/);
  assert.equal(stderr, '');
  // It sends whole pipelines, and so may ask for a few more.
  assert.ok((await askNumber(shared.port)) - before >= 3n * 20_001n);
});

/** As captured: what clients whose language is not here send before their first command. */
const greetings: [client: string, requests: string[][], replies: RegExp][] = [
  [
    'redis-py 8.1.0',
    [
      ['HELLO', '3'],
      ['CLIENT', 'MAINT_NOTIFICATIONS', 'ON', 'moving-endpoint-type', 'internal-fqdn'],
      ['CLIENT', 'SETINFO', 'LIB-NAME', 'redis-py'],
      ['CLIENT', 'SETINFO', 'LIB-VER', '8.1.0'],
      ['INCRBY', 'default', '1'],
    ],
    /^%8\r\n[\s\S]*\r\n-ERR [^\r]*\r\n\+OK\r\n\+OK\r\n:\d+\r\n$/,
  ],
  [
    'valkey-glide 2.5.2',
    [
      ['HELLO', '3'],
      ['CLIENT', 'SETINFO', 'LIB-NAME', 'GlidePy'],
      ['CLIENT', 'SETINFO', 'LIB-VER', '2.5.2'],
      ['INFO', 'REPLICATION'],
      ['INCR', 'default'],
    ],
    /^%8\r\n[\s\S]*\r\n\+OK\r\n\+OK\r\n=\d+\r\ntxt:# Replication\r\nrole:master\r\n[\s\S]*\r\n:\d+\r\n$/,
  ],
  [
    'go-redis',
    [
      ['hello', '3'],
      ['client', 'setinfo', 'LIB-NAME', 'go-redis'],
      ['select', '0'],
      ['incr', 'default'],
    ],
    /^%8\r\n[\s\S]*\r\n\+OK\r\n\+OK\r\n:\d+\r\n$/,
  ],
];
for (const [client, requests, replies] of greetings) {
  test(`${client}, by what it sends`, async () => {
    const encoded = requests.map(
      (args) => `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`,
    );
    const { text, isClosed } = await exchange(shared.redisPort, encoded.join(''));
    assert.match(text, replies);
    assert.equal(isClosed, false);
  });
}

test('a protocol error closes behind its reply, garbage and half frames do no harm', async () => {
  const broken = await exchange(shared.redisPort, 'INCR default\r\n*1\r\n!x\r\n');
  assert.match(broken.text, /^:\d+\r\n-ERR Protocol error: expected '\$', got '!'\r\n$/);
  assert.equal(broken.isClosed, true);
  const frame = '*2\r\n$4\r\nINCR\r\n$7\r\ndefault\r\n';
  for (let split = 1; split < frame.length; split += 3) {
    const socket = connect(shared.redisPort, '127.0.0.1').on('error', () => {});
    socket.write(frame.slice(0, split));
    if (split % 2 === 0) socket.resetAndDestroy();
    else socket.end();
  }
  const large = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n${'v'.repeat(2_000_000)}\r\n`;
  const { text } = await exchange(shared.redisPort, `${large}PING\r\n`);
  assert.match(text, /^-ERR txnid only hands out numbers[^\r]*\r\n\+PONG\r\n$/);
});

test('a million commands in one write are answered, each once and in order', async () => {
  const socket = connect(shared.redisPort, '127.0.0.1');
  const count = 1_000_000;
  socket.write(Buffer.from('*2\r\n$4\r\nINCR\r\n$7\r\ndefault\r\n'.repeat(count)));
  let replies = 0;
  let last = 0;
  let rest = '';
  let isInOrder = true;
  socket.setEncoding('latin1').on('data', (data: string) => {
    const lines = (rest + data).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const number = Number(line.slice(1));
      isInOrder &&= line.startsWith(':') && number > last;
      last = number;
      replies++;
    }
  });
  await until(() => replies === count || !isInOrder, 'all are answered');
  socket.destroy();
  assert.ok(isInOrder);
});

test('all ports share one sequence, and max-sessions holds here too', async () => {
  const instance = await redisInstance('-max-sessions', '1');
  const server = await Daemon.start(instance);
  const client = new Redis({ host: '127.0.0.1', port: instance.redisPort });
  const number = await client.incr('default');
  assert.equal((await ask(instance.port)).text, `${number + 1}\n`);
  const second = connect(instance.redisPort, '127.0.0.1');
  let isClosed = false;
  second.on('close', () => {
    isClosed = true;
  });
  second.resume();
  await until(() => isClosed, 'a second session is refused');
  client.disconnect();
  const { stderr } = await server.stop();
  assert.match(stderr, /max-sessions/);
});

test('no number above 2^53 - 1 leaves the port, and a start above it is refused', async () => {
  const instance = await redisInstance();
  await (await Daemon.start(instance)).stop();
  await runTxnid(['advance', String(2n ** 53n - 2n), '-yes', ...instance.values]);
  const server = await Daemon.start(instance);
  assert.equal(server.first, 2n ** 53n - 2n);
  // By its bytes: node-redis and ioredis misread odd numbers from 2^53 - 48 on, adding the digit before they take 48 off.
  const { text } = await exchange(instance.redisPort, 'INCR default\r\nINCR default\r\nPING\r\n');
  assert.match(text, /^:9007199254740991\r\n-ERR [^\r]* above 2\^53-1, [^\r]*\r\n\+PONG\r\n$/);
  assert.equal(await askNumber(instance.port), 2n ** 53n, 'the one-shot port goes on');
  await server.stop();
  for (const command of [[], ['check']]) {
    const refused = await runTxnid([...command, ...instance.values]);
    assert.equal(refused.code, 78);
    assert.match(faultsOf(refused).join('\n'), /the next number is \d+, above 2\^53-1/);
  }
});

test('an idle session is closed, also with half a request', async () => {
  const instance = await redisInstance('-session-timeout', '1');
  const server = await Daemon.start(instance);
  const socket = connect(instance.redisPort, '127.0.0.1').on('error', () => {});
  let isClosed = false;
  socket.on('close', () => {
    isClosed = true;
  });
  socket.resume().write('*2\r\n$4\r\nINC');
  await until(() => isClosed, 'it is closed');
  await sleep(0);
  await server.stop();
});
