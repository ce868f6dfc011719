import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import type { Fault } from '../../../src/errors.js';
import { isPassing, receiveBytes } from '../../../src/libc/connections.js';
import { errno } from '../../../src/libc/libc.js';
import { ForeignMemory } from '../../../src/libc/memory.js';
import { chunkBytesMax } from '../../../src/server/session/requests.js';
import { Seeded } from '../../support/fixtures/seeded.js';
import { areWholeReplies, SessionClient } from '../../support/processes/session-client.js';
import { until } from '../../support/processes/txnid-process.js';
import { lineOrRefusal } from '../one-shot/client.js';
import { serving, stopAll } from '../one-shot/serving.js';
import { modelAnswer } from './session-model.js';
import { servingSessions, stopAllSessions } from './session-serving.js';

afterEach(stopAllSessions);
afterEach(stopAll);

function assertNumber(reply: string): void {
  assert.match(reply.replace('\x03', ';'), /^\d+;$/);
}

type Serving = Awaited<ReturnType<typeof servingSessions>>;

/** A client that has asked for more than fits between it and the server, and has read nothing. */
async function deafClient(
  { port, counter }: Pick<Serving, 'port' | 'counter'>,
  asked = '\x02'.repeat(3_000_000),
): Promise<SessionClient> {
  const client = await SessionClient.open(port);
  client.socket.pause();
  client.send(asked);
  let claimed = -1n;
  await until(async () => {
    const before = claimed;
    claimed = counter.cursor();
    await sleep(200);
    return claimed > 0n && claimed === before;
  }, 'the end of reading');
  return client;
}

/**
 * What a client that is paused still gets. Asked of the kernel, because a reset that comes with the last bytes is an
 * end to Node.
 */
async function drain(client: SessionClient) {
  const { socket } = client;
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
  // What Node has read before it was told to pause.
  socket.read();
  const memory = new ForeignMemory(65_536);
  let [text, end] = [client.received, ''];
  await until(() => {
    for (;;) {
      const count = receiveBytes(fd, memory, memory.bytes.length);
      if (count < 0 && isPassing(errno())) return false;
      if (count <= 0) end = count === 0 ? 'FIN' : getSystemErrorName(-errno());
      if (count <= 0) return true;
      text += memory.bytes.toString('latin1', 0, count);
    }
  }, 'the end of the connection');
  return { end, replies: text.split('\x03').length - 1 };
}

const sampled = [
  ['\x02', '\x02'],
  ['1', '\x02'],
  ['1', '0', '0', '\x02', '\x07'],
  ['\x02\x02\x07\x02', '12\x02', 'A\x02'],
  ['0\x02'],
  ['\x02', '\x03', '\x02'],
  ['\x07\x07', '1\x07'],
  ['1000000', '\x02', '1000001\x02'],
];

test('a stream over the socket, however it is split, is answered as the model says', async () => {
  const { port, counter } = await servingSessions();
  for (const chunks of sampled) {
    const expected = modelAnswer(chunks.join(''), counter.cursor(), 1n);
    const client = await SessionClient.open(port);
    await client.sendSplit(chunks);
    if (!expected.isClosed) client.socket.end();
    await client.closed();
    assert.equal(client.received, expected.replies, JSON.stringify(chunks));
    assert.equal(client.error, undefined, 'no reset, although bytes came behind the end');
  }
});

test('random streams of several sessions at once get whole replies, each number once', async (t) => {
  const random = new Seeded();
  t.diagnostic(`seed ${random.seed}`);
  const { port } = await servingSessions();
  const clients = await Promise.all(Array.from({ length: 8 }, () => SessionClient.open(port)));
  for (let round = 0; round < 60; round++) {
    const client = clients[random.below(clients.length)];
    client?.send(['\x02', '\x07', '17\x02', '3', '\x02'.repeat(500)][random.below(5)] ?? '');
  }
  // Behind the digits that a stream may end in.
  for (const client of clients) client.socket.end('\x02');
  await Promise.all(clients.map((client) => client.closed()));
  const numbers = clients.flatMap((client) => client.numbers);
  assert.equal(new Set(numbers).size, numbers.length);
  for (const client of clients) assert.ok(areWholeReplies(client.received));
});

test('a slow client gets its range, and others do not wait for it', async () => {
  const { port } = await servingSessions({ count: 1 });
  const [slow, quick] = [await SessionClient.open(port), await SessionClient.open(port)];
  for (const digit of '1000') {
    slow.send(digit);
    assertNumber(await quick.ask('\x02'));
  }
  assert.equal(await slow.ask('\x02'), '4+1*1000\x03');
});

test('a client that ends its side gets all replies to what it has sent', async () => {
  const { port } = await servingSessions();
  const client = await SessionClient.open(port);
  client.socket.end('\x02'.repeat(100_000), 'latin1');
  await client.closed();
  assert.equal(client.numbers.length, 100_000);
  assert.equal(client.error, undefined);
});

test('clients that ask and close at once give each slot back once', async () => {
  const { port, slots, tally } = await servingSessions({ count: 1 });
  const clients = 200;
  for (let count = 0; count < clients; count++) {
    const client = await SessionClient.open(port);
    client.send('\x02');
    // Its end is there before the reply, which resets the connection: news of a session that has ended.
    client.socket.destroy();
  }
  await until(() => tally.sum('sessions') === clients, 'all clients');
  await until(() => slots.taken === 0, 'all slots given back');
});

test('clients that reset disturb nobody, and their slots are given back', async () => {
  const { port } = await servingSessions({ sessionsMax: 4, onRefused: () => undefined });
  for (let round = 0; round < 30; round++) {
    const client = await SessionClient.open(port);
    client.send('\x02'.repeat(20_000));
    client.socket.resetAndDestroy();
    await client.closed();
  }
  await until(async () => {
    const client = await SessionClient.open(port);
    return (await client.ask('\x02')) !== '';
  }, 'a slot');
});

test('over max-sessions a client is closed without a byte, until others go, which is told once', async () => {
  const told: string[] = [];
  const onRefused = ({ what }: Fault) => told.push(what);
  const { port, tally } = await servingSessions({ sessionsMax: 5, onRefused });
  const served = await Promise.all(Array.from({ length: 5 }, () => SessionClient.open(port)));
  for (const client of served) assertNumber(await client.ask('\x02'));
  const flood = await Promise.all(Array.from({ length: 40 }, () => SessionClient.open(port)));
  for (const client of flood) assert.equal((await client.closed()).received, '');
  assert.equal(tally.sum('too_many_sessions'), flood.length);
  assert.equal(tally.sum('sessions'), served.length);
  for (const client of served.slice(2)) client.socket.destroy();
  await until(async () => {
    const client = await SessionClient.open(port);
    const reply = await client.ask('\x02');
    client.socket.destroy();
    return reply !== '';
  }, 'a free slot');
  for (const client of served.slice(0, 2)) assertNumber(await client.ask('\x02'));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /^Refused a session: as many as max-sessions are open/);
});

test('a client that does not read is not read from, and gets everything once it does', async () => {
  const { port, counter } = await servingSessions({ count: 1 });
  const asked = 3_000_000;
  const client = await deafClient({ port, counter }, '\x02'.repeat(asked));
  const claimed = counter.cursor();
  assert.ok(claimed < asked / 2, `${claimed} numbers were claimed for who does not read`);
  const other = await SessionClient.open(port);
  assert.equal(await other.ask('\x02'), `${claimed}\x03`);
  client.socket.resume();
  await until(() => client.received.split('\x03').length - 1 === asked, 'all replies');
  const expected = Array.from({ length: asked + 1 }, (_, index) => index);
  expected.splice(Number(claimed), 1);
  assert.ok(client.received === expected.map((number) => `${number}\x03`).join(''));
});

test('replies that a client has not taken at the stop end in a reset, never in an end', async () => {
  // So much that all of it is read and its replies do not fit on the way: what is not read would end any
  // connection with a reset.
  let asked = 65_536;
  let isStuck = false;
  for (let attempt = 0; attempt < 30 && !isStuck; attempt++) {
    const serving = await servingSessions({ count: 1 });
    const client = await deafClient(serving, '\x02'.repeat(asked));
    const claimed = Number(serving.counter.cursor());
    await serving.stop();
    const { replies, end } = await drain(client);
    isStuck = claimed === asked && replies < claimed;
    assert.equal(end, replies === asked ? 'FIN' : 'ECONNRESET', `${replies} of ${asked}`);
    asked = claimed < asked ? claimed : asked + chunkBytesMax;
  }
  assert.ok(isStuck);
});

test('a client that takes its replies during the stop gets all of them, and the end', async () => {
  // It has a moment only, which may pass on a busy machine: one that makes it is enough.
  let errors: (string | undefined)[] = [];
  for (let round = 0; round < 10 && !errors.includes(undefined); round++) {
    const serving = await servingSessions({ count: 1 });
    const idle = await SessionClient.open(serving.port);
    const client = await deafClient(serving);
    const stopped = serving.stop();
    // Who has nothing to take is told the end first.
    await idle.closed();
    client.socket.resume();
    await client.closed();
    await stopped;
    errors = [...errors, client.error];
    if (client.error !== undefined) continue;
    assert.ok(areWholeReplies(client.received));
    assert.equal(client.numbers.length, Number(serving.counter.cursor()));
  }
  assert.ok(errors.includes(undefined), errors.join());
});

test('a session without traffic is closed, one with traffic is not', async () => {
  const { port } = await servingSessions({ timeoutMs: 1000 });
  const [idle, busy] = [await SessionClient.open(port), await SessionClient.open(port)];
  const unfinished = await SessionClient.open(port);
  unfinished.send('12');
  while (!idle.isClosed || !unfinished.isClosed) {
    assertNumber(await busy.ask('\x02'));
    await sleep(50);
  }
  assert.equal(idle.received, '');
  assert.equal(idle.error, undefined);
  assert.equal(unfinished.received, '');
  // And it is looked for while it is the only one.
  await busy.closed();
});

test('a thread whose sessions are idle, or wait for numbers, sleeps', async () => {
  const { port } = await servingSessions({ count: 1, reserved: 3n, onLow: () => {} });
  const clients = await Promise.all([1, 2, 3].map(() => SessionClient.open(port)));
  for (const client of clients) await client.ask('\x02');
  clients[0]?.send('\x02');
  clients[1]?.send('1000000\x02');
  const lookMs = 600;
  await sleep(100);
  const before = process.cpuUsage();
  await sleep(lookMs);
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1000 < lookMs / 2, `${(user + system) / 1000} ms of work`);
});

test('a peer that is not allowed gets no byte at either port, burns nothing, and is told', async () => {
  const told: string[] = [];
  const options = {
    allow: ['192.0.2.0/24', '128.0.0.0/1'],
    onRefused: ({ what }: Fault) => told.push(what),
  };
  const [session, oneShot] = [await servingSessions(options), await serving(options)];
  const client = await SessionClient.open(session.port);
  client.send('\x02');
  assert.equal((await client.closed()).received, '');
  assert.match(await lineOrRefusal(oneShot.port), /^$|^ECONNRESET$/);
  assert.deepEqual([session.counter.cursor(), oneShot.counter.cursor()], [0n, 0n]);
  await until(() => told.length === 2, 'a line for each port');
  const line = 'Refused a connection from 127.0.0.1, which allow does not list';
  assert.deepEqual(told, [line, line]);
});

test('a peer that is allowed is served at both ports', async () => {
  const allow = ['192.0.2.1', '127.0.0.0/8'];
  const [session, oneShot] = [await servingSessions({ allow }), await serving({ allow })];
  assert.equal(await (await SessionClient.open(session.port)).ask('\x02'), '0\x03');
  assert.equal(await lineOrRefusal(oneShot.port), '0\n');
});

test('a range that does not fit is asked for by its size, and waits', async () => {
  const wanted: number[] = [];
  const { port } = await servingSessions({
    reserved: 10n,
    onLow: (counter, count) => {
      wanted.push(count);
      if (count > 1) counter.raise(counter.cursor() + BigInt(count), numberOfNoNeed);
    },
  });
  const client = await SessionClient.open(port);
  assert.equal(await client.ask('1000000\x02'), '0+1*1000000\x03');
  assert.ok(wanted.includes(1_000_000));
});

const numberOfNoNeed = 2n ** 62n;
const large = '1000000\x02';
const million = 1_000_000n;

test('small requests are answered while a large one waits for its numbers', async () => {
  let isAsked = false;
  const { port, counter } = await servingSessions({
    count: 1,
    reserved: 10n,
    onLow: () => {
      isAsked = true;
    },
  });
  const [greedy, modest] = [await SessionClient.open(port), await SessionClient.open(port)];
  greedy.send(large);
  await until(() => isAsked, 'the request for a reservation');
  for (let number = 0; number < 9; number++) {
    assert.equal(await modest.ask('\x02'), `${number}\x03`);
  }
  assert.equal(greedy.received, '');
  counter.raise(2n * million, numberOfNoNeed);
  await until(() => greedy.received !== '', 'the range');
  assert.equal(greedy.received, '9+1*1000000\x03');
  assert.equal(await greedy.ask('\x02'), '1000009\x03', 'and it goes on');
});

test('a large request waits behind another one, although its numbers are there', async () => {
  const { port, counter } = await servingSessions({
    count: 1,
    reserved: 500_000n,
    onLow: () => {},
  });
  const [first, second, small] = await Promise.all([1, 2, 3].map(() => SessionClient.open(port)));
  assert.ok(first && second && small);
  assert.equal(await small.ask('\x02'), '0\x03');
  first.send(large);
  assert.equal(await small.ask('\x02'), '1\x03');
  second.send('400000\x02');
  assert.equal(await small.ask('\x02'), '2\x03');
  assert.equal(second.received, '');
  counter.raise(10n * million, numberOfNoNeed);
  await until(() => first.received !== '' && second.received !== '', 'both ranges');
  assert.deepEqual([first.received, second.received], ['3+1*1000000\x03', '1000003+1*400000\x03']);
});

test('sessions that wait take turns, whatever each of them has asked for', async () => {
  const { port, counter } = await servingSessions({ count: 1, reserved: 0n });
  const probe = await SessionClient.open(port);
  const clients: SessionClient[] = [];
  for (const asked of [large.repeat(5), large, large.repeat(2)]) {
    const client = await SessionClient.open(port);
    client.send(asked);
    // The thread has read what came before this.
    await probe.ask('\x07', '\x07');
    clients.push(client);
  }
  const repliesOf = (client: SessionClient) => client.received.split('\x03').length - 1;
  const seen: number[][] = [];
  for (let turn = 1n; turn <= 8n; turn++) {
    counter.raise(turn * million, numberOfNoNeed);
    const isNew = () =>
      clients.reduce((sum, client) => sum + repliesOf(client), 0) === Number(turn);
    await until(isNew, `reply ${turn}`);
    seen.push(clients.map(repliesOf));
  }
  assert.deepEqual(seen.slice(0, 5), [
    [1, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
    [2, 1, 1],
    [2, 1, 2],
  ]);
  assert.deepEqual(seen.at(-1), [5, 1, 2]);
});

test('what is asked for in one piece takes no longer than piece by piece', async () => {
  const { port } = await servingSessions({ count: 1 });
  const client = await SessionClient.open(port);
  const rounds = 20;
  const startMs = performance.now();
  for (let round = 0; round < rounds; round++) await client.ask(large);
  const singlyMs = performance.now() - startMs;
  client.send(large.repeat(rounds));
  await until(() => client.received.split('\x03').length - 1 === 2 * rounds, 'all ranges');
  const togetherMs = performance.now() - startMs - singlyMs;
  assert.ok(togetherMs < 10 * singlyMs, `${togetherMs} ms, and ${singlyMs} ms singly`);
});

test('many that ask for large ranges and never read keep nobody waiting, at any thread', async () => {
  const { port } = await servingSessions({
    reserved: 10n,
    onLow: (counter, count) => {
      const limit = counter.cursor() + 2n * BigInt(count) + 100n;
      counter.raise(limit, limit - 50n, limit - 60n);
    },
  });
  const deaf = await Promise.all(Array.from({ length: 40 }, () => SessionClient.open(port)));
  for (const { socket } of deaf) {
    socket.pause();
    socket.write(large.repeat(20_000), 'latin1');
  }
  const clients = await Promise.all(Array.from({ length: 8 }, () => SessionClient.open(port)));
  for (let round = 0; round < 50; round++)
    for (const client of clients) assertNumber(await client.ask('\x02'));
});

test('nothing is claimed for a client while it has replies to take', async () => {
  const { port, counter } = await servingSessions({ count: 1 });
  const client = await deafClient({ port, counter }, `${'100\x02'.repeat(200_000)}${large}`);
  const claimed = counter.cursor();
  assert.ok(claimed < 100n * 200_000n, `${claimed} numbers were claimed for who does not read`);
  client.socket.resume();
  await until(() => client.received.endsWith('+1*1000000\x03'), 'all replies');
  assert.equal(counter.cursor(), 100n * 200_000n + million);
});

test('large ranges for a client that does not read wait with it, and none is lost', async () => {
  const { port, counter } = await servingSessions({ count: 1 });
  const asked = 60_000;
  const client = await deafClient({ port, counter }, large.repeat(asked));
  const claimed = counter.cursor() / million;
  assert.ok(claimed < asked, `${claimed} ranges were claimed for who does not read`);
  client.socket.resume();
  await until(() => client.received.split('\x03').length - 1 === asked, 'all ranges');
  const expected = Array.from({ length: asked }, (_, index) => `${index}000000+1*1000000\x03`);
  expected[0] = '0+1*1000000\x03';
  assert.ok(client.received === expected.join(''));
});

test('a session that is over is closed at once', async () => {
  const { port } = await servingSessions({ count: 1 });
  const timeOf = async (act: (client: SessionClient) => Promise<unknown>) => {
    const startMs = performance.now();
    for (let round = 0; round < 5; round++) {
      const client = await SessionClient.open(port);
      await act(client);
      client.socket.destroy();
    }
    return performance.now() - startMs;
  };
  const askingMs = await timeOf((client) => client.ask('\x02'));
  const closingMs = await timeOf((client) => {
    client.send('\x02\x03');
    return client.closed();
  });
  assert.ok(closingMs < 50 * askingMs, `${closingMs} ms, and ${askingMs} ms for as many numbers`);
});

test('a range above max-range is no request, and 1 turns ranges off', async () => {
  const limited = await servingSessions({ rangeMax: 100 });
  const client = await SessionClient.open(limited.port);
  assert.equal(await client.ask('100\x02'), '0+1*100\x03');
  client.send('\x02101\x02');
  assert.equal((await client.closed()).received, '0+1*100\x03100\x03');
  const { port, counter } = await servingSessions({ rangeMax: 1 });
  const single = await SessionClient.open(port);
  assert.equal(await single.ask('\x02\x02'), '0\x031\x03');
  single.send('1\x02');
  single.send('2\x02');
  assert.equal((await single.closed()).received, '0\x031\x032+1*1\x03');
  assert.equal(counter.cursor(), 3n);
});

test('a stop ends threads that wait for a reservation, and nothing is burnt', async () => {
  let isLow = () => {};
  const low = new Promise<void>((resolve) => {
    isLow = resolve;
  });
  const { port, counter, stop } = await servingSessions({ reserved: 0n, onLow: () => isLow() });
  const client = await SessionClient.open(port);
  client.send('\x02');
  await low;
  await stop();
  assert.equal((await client.closed()).received, '');
  assert.equal(counter.cursor(), 0n);
});

test('a stop ends threads that nobody has connected to, and closes idle sessions', async () => {
  await (await servingSessions({ count: 4 })).stop();
  const { port, stop } = await servingSessions({ count: 4 });
  const clients = await Promise.all(Array.from({ length: 10 }, () => SessionClient.open(port)));
  for (const client of clients) await client.ask('\x02');
  await stop();
  for (const client of clients) assert.equal((await client.closed()).error, undefined);
});

test('a stop under load sends whole replies, then the end', async () => {
  const { port, counter, stop } = await servingSessions();
  const clients = await Promise.all(Array.from({ length: 20 }, () => SessionClient.open(port)));
  for (const { socket } of clients) {
    const more = () => socket.write('\x02'.repeat(300), 'latin1');
    socket.on('data', more);
    more();
  }
  await until(() => counter.cursor() > 200_000n, 'load');
  await stop();
  const handedOut: bigint[] = [];
  for (const client of clients) {
    await client.closed();
    assert.ok(areWholeReplies(client.received), JSON.stringify(client.received.slice(-50)));
    handedOut.push(...client.numbers);
  }
  assert.equal(new Set(handedOut).size, handedOut.length);
  assert.ok(handedOut.every((number) => number < counter.cursor()));
});
