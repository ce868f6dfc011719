import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  matching,
  type RedisConnection,
  type RedisContext,
  runCommand,
} from '../../../src/server/redis/commands.js';

const context: RedisContext = {
  names: ['default', 'orders', 'in:voices'],
  places: new Map([
    ['default', 0],
    ['orders', 1],
    ['in:voices', 2],
  ]),
  version: '9.9.9',
  rangeMax: 1000,
  last: (place) => (place === 1 ? '41' : undefined),
};

function connection(changes: Partial<RedisConnection> = {}): RedisConnection {
  return { id: 7, resp: 2, name: '', ...changes };
}

/** The reply to a request, or how many numbers it takes. */
function replyTo(line: string, client = connection()): string {
  const outcome = runCommand(line.split(' '), client, context);
  if (outcome.kind === 'numbers') return `numbers ${outcome.count} of ${outcome.place}`;
  const { reply, kind } = outcome;
  const text = Buffer.from(typeof reply === 'function' ? reply() : reply).toString('latin1');
  return kind === 'quit' ? `${text}quit` : text;
}

const replies: [request: string, reply: string][] = [
  ['INCR orders', 'numbers 1 of 1'],
  ['incr default', 'numbers 1 of 0'],
  ['IncrBy in:voices 1', 'numbers 1 of 2'],
  ['INCRBY orders 1000', 'numbers 1000 of 1'],
  ['INCRBY orders +7', 'numbers 7 of 1'],
  ['INCRBY orders 1001', '-ERR INCRBY takes 1 to 1000 numbers of a sequence, and never back\r\n'],
  ['INCRBY orders 0', '-ERR INCRBY takes 1 to 1000 numbers of a sequence, and never back\r\n'],
  ['INCRBY orders -1', '-ERR INCRBY takes 1 to 1000 numbers of a sequence, and never back\r\n'],
  ['INCRBY orders 1.5', '-ERR value is not an integer or out of range\r\n'],
  ['INCRBY orders', "-ERR wrong number of arguments for 'incrby' command\r\n"],
  ['INCR order', "-ERR no such sequence 'order'\r\n"],
  ['INCR Orders', "-ERR no such sequence 'Orders'\r\n"],
  ['INCR \r\n:1', "-ERR no such sequence '??:1'\r\n"],
  ['INCRBY no 5', "-ERR no such sequence 'no'\r\n"],
  ['GET orders', '$2\r\n41\r\n'],
  ['GET default', '$-1\r\n'],
  ['GET nothing', "-ERR no such sequence 'nothing'\r\n"],
  ['EXISTS orders orders nothing', ':2\r\n'],
  ['TYPE orders', '+string\r\n'],
  ['TYPE nothing', '+none\r\n'],
  ['KEYS *o*', '*2\r\n$6\r\norders\r\n$9\r\nin:voices\r\n'],
  ['SCAN 0 MATCH o* COUNT 10 TYPE string', '*2\r\n$1\r\n0\r\n*1\r\n$6\r\norders\r\n'],
  ['SCAN 5', '*2\r\n$1\r\n0\r\n*0\r\n'],
  ['SCAN 0 TYPE list', '*2\r\n$1\r\n0\r\n*0\r\n'],
  ['SCAN x', '-ERR invalid cursor\r\n'],
  ['SCAN 0 MATCH', '-ERR syntax error\r\n'],
  ['DBSIZE', ':3\r\n'],
  ['PING', '+PONG\r\n'],
  ['PING there', '$5\r\nthere\r\n'],
  ['ECHO hello', '$5\r\nhello\r\n'],
  ['QUIT', '+OK\r\nquit'],
  ['RESET', '+RESET\r\n'],
  ['SELECT 0', '+OK\r\n'],
  ['SELECT 1', '-ERR DB index is out of range\r\n'],
  ['SELECT x', '-ERR value is not an integer or out of range\r\n'],
  ['HELLO 4', '-NOPROTO unsupported protocol version\r\n'],
  ['HELLO x', '-ERR Protocol version is not an integer or out of range\r\n'],
  ['HELLO 3 SETNAME', "-ERR Syntax error in HELLO option 'SETNAME'\r\n"],
  ['CLIENT SETINFO LIB-NAME x', '+OK\r\n'],
  ['CLIENT SETINFO other x', "-ERR Unrecognized option 'other'\r\n"],
  ['client setname me', '+OK\r\n'],
  ['CLIENT GETNAME', '$-1\r\n'],
  ['CLIENT ID', ':7\r\n'],
  ['COMMAND DOCS', '*0\r\n'],
  [
    'COMMAND INFO get',
    '*1\r\n*6\r\n$3\r\nget\r\n:2\r\n*2\r\n$8\r\nreadonly\r\n$4\r\nfast\r\n:1\r\n:1\r\n:1\r\n',
  ],
  ['CONFIG GET save', '*2\r\n$4\r\nsave\r\n$0\r\n\r\n'],
  [
    'CONFIG GET append*',
    '*4\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$11\r\nappendfsync\r\n$6\r\nalways\r\n',
  ],
  ['CONFIG GET nothing', '*0\r\n'],
  ['FLUSHALL', "-ERR txnid only hands out numbers: no command 'FLUSHALL'\r\n"],
  ['SET orders 1', "-ERR txnid only hands out numbers: no command 'SET'\r\n"],
  ['DECR orders', "-ERR txnid only hands out numbers: no command 'DECR'\r\n"],
  ['MULTI', "-ERR txnid only hands out numbers: no command 'MULTI'\r\n"],
  ['toString x', "-ERR txnid only hands out numbers: no command 'toString'\r\n"],
];

for (const [request, reply] of replies) {
  test(`${JSON.stringify(request)} is answered`, () => {
    assert.equal(replyTo(request), reply);
  });
}

test('errors are one line each, whatever is in them', () => {
  for (const request of [
    'a\r\nb',
    `INCR ${'x'.repeat(9999)}`,
    'CLIENT \n',
    'HELLO 3 \r\n',
    'AUTH a b',
  ]) {
    assert.match(replyTo(request), /^-ERR [ -~]{1,200}\r\n$/);
  }
});

test('HELLO settles the protocol and the name, and RESET takes them back', () => {
  const client = connection();
  assert.match(replyTo('HELLO 3 SETNAME me', client), /^%8\r\n\$6\r\nserver\r\n\$5\r\nredis\r\n/);
  assert.deepEqual(client, { id: 7, resp: 3, name: 'me' });
  assert.equal(replyTo('GET default', client), '_\r\n');
  assert.equal(replyTo('COMMAND DOCS', client), '%0\r\n');
  assert.match(replyTo('INFO', client), /^=\d+\r\ntxt:# Server\r\n/);
  assert.match(replyTo('HELLO', client), /\$5\r\nproto\r\n:3\r\n/);
  assert.match(replyTo('HELLO 2', client), /^\*16\r\n/);
  replyTo('HELLO 3', client);
  replyTo('RESET', client);
  assert.deepEqual(client, { id: 7, resp: 2, name: '' });
});

test('a HELLO that is refused changes nothing', () => {
  const client = connection();
  for (const request of [
    'HELLO 3 AUTH a b',
    'HELLO 4',
    'HELLO 3 SETNAME a\x01',
    'HELLO 3 WITH x',
  ]) {
    assert.match(replyTo(request, client), /^-/);
  }
  assert.deepEqual(client, connection());
});

test('INFO tells what clients look at, and one section where one is asked for', () => {
  const info = replyTo('INFO');
  for (const line of ['redis_version:7.0.0', 'txnid_version:9.9.9', 'loading:0', 'role:master'])
    assert.ok(info.includes(`\r\n${line}\r\n`), line);
  assert.match(replyTo('INFO replication'), /^\$\d+\r\n# Replication\r\nrole:master\r\n/);
  assert.ok(!replyTo('INFO REPLICATION').includes('loading'));
  assert.equal(replyTo('INFO nothing'), '$0\r\n\r\n');
});

const patterns: [pattern: string, name: string, matches: boolean][] = [
  ['*', 'orders', true],
  ['o*s', 'orders', true],
  ['o*x', 'orders', false],
  ['?rders', 'orders', true],
  ['??', 'orders', false],
  ['[a-p]rders', 'orders', true],
  ['[^o]rders', 'orders', false],
  ['[xo]*', 'orders', true],
  [String.raw`in\:voices`, 'in:voices', true],
  [String.raw`\*`, 'orders', false],
  ['*o*e*', 'orders', true],
  ['', 'orders', false],
  ['orders*', 'orders', true],
  ['[', 'orders', false],
];
for (const [pattern, name, matches] of patterns) {
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${name}`, () => {
    assert.equal(matching(pattern)(name), matches);
  });
}

test('no pattern takes long', () => {
  const name = 'a'.repeat(64);
  const startMs = performance.now();
  for (let turn = 0; turn < 1000; turn++)
    assert.equal(matching(`${'a*'.repeat(60)}b`)(name), false);
  assert.ok(performance.now() - startMs < 30_000);
});
