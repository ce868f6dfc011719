import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters, type SharedCounter } from '../../../src/sequence/counter.js';
import { endIndex, indexAtOrAbove, numberAt } from '../../../src/sequence/progression.js';
import { RedisProtocol } from '../../../src/server/redis/redis-protocol.js';
import type { RedisState } from '../../../src/server/redis/state.js';
import type { Progress } from '../../../src/server/session/protocol.js';
import { ClaimsOfAll } from '../../../src/server/shared/claims.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { progressionOf } from '../../support/fixtures/progress-fixture.js';
import { encoded } from './recorded-requests.js';

interface RigOptions {
  readonly increment?: bigint;
  readonly max?: bigint;
  /** The next number, and how many are reserved from it on. */
  readonly next?: bigint;
  readonly reserved?: bigint;
  readonly names?: readonly string[];
}

class Rig {
  readonly counter: SharedCounter;
  readonly protocol: RedisProtocol;
  readonly session: { state: RedisState };

  constructor({
    increment = 3n,
    max,
    next = 1n,
    reserved = 10n ** 7n,
    names = ['default'],
  }: RigOptions = {}) {
    const progression = progressionOf({ increment, ...(max === undefined ? {} : { max }) });
    const cursor = indexAtOrAbove(progression, next);
    const counters = Counters.allocate(names.length);
    counters.put(0, cursor);
    this.counter = counters.at(0);
    const end = endIndex(progression);
    const limit = cursor + reserved < end ? cursor + reserved : end;
    this.counter.raise(limit, limit);
    const tally = Tally.allocate(1).ofThread(0);
    const claims = new ClaimsOfAll(counters, progression, () => {}, tally);
    this.protocol = new RedisProtocol({
      claims,
      names,
      version: '1.0.0',
      rangeMax: 1_000_000,
      firstId: 1,
      idStep: 2,
    });
    this.session = { state: this.protocol.begin() };
  }

  /** The replies of each part. */
  parts(text: string | Buffer): { texts: string[]; progress: Progress } {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    const requests = this.protocol.decode(bytes, bytes.length, this.session);
    const texts: string[] = [];
    for (;;) {
      const progress = this.protocol.answer(requests);
      const { bytes: all, length } = this.protocol.replies;
      texts.push(all.toString('latin1', 0, length));
      if (progress !== 'part') return { texts, progress };
    }
  }

  replies(text: string | Buffer): string {
    return this.parts(text).texts.join('');
  }
}

test('a pipeline is one part, its numbers one claim, and every reply in its place', () => {
  const rig = new Rig();
  const incr = encoded(['INCR', 'default']);
  const { texts, progress } = rig.parts(
    Buffer.concat([incr, incr, encoded(['PING']), encoded(['INCRBY', 'default', '10']), incr]),
  );
  // Ten numbers from 7 on end at 34.
  assert.deepEqual(texts, [':1\r\n:4\r\n+PONG\r\n:34\r\n:37\r\n']);
  assert.equal(progress, 'all');
  assert.equal(rig.replies('INCR default\r\n'), ':40\r\n');
});

test('GET tells of everything before it in the pipeline, and of nothing behind it', () => {
  const rig = new Rig();
  const { texts } = rig.parts(
    'GET default\r\nINCR default\r\nGET default\r\nINCR default\r\nINCR default\r\n',
  );
  assert.equal(texts.join(''), '$-1\r\n:1\r\n$1\r\n1\r\n:4\r\n:7\r\n');
  assert.equal(rig.replies('*2\r\n$3\r\nGET\r\n$7\r\ndefault\r\n'), '$1\r\n7\r\n');
});

test('connections have ids of their own, over all threads', () => {
  const rig = new Rig();
  const ids = [rig.protocol.begin(), rig.protocol.begin()].map(({ id }) => id);
  assert.deepEqual([rig.session.state.id, ...ids], [1, 3, 5]);
});

test('what is not reserved is waited for, with nothing answered twice', () => {
  const rig = new Rig({ reserved: 2n });
  const bytes = Buffer.from('INCR default\r\n'.repeat(3));
  const requests = rig.protocol.decode(bytes, bytes.length, rig.session).rest();
  assert.equal(rig.protocol.answer(requests), 'short');
  assert.equal(rig.protocol.replies.length, 0);
  rig.counter.raise(10n, 10n);
  assert.equal(rig.protocol.answer(requests), 'all');
  const { bytes: all, length } = rig.protocol.replies;
  assert.equal(all.toString('latin1', 0, length), ':1\r\n:4\r\n:7\r\n');
});

test('QUIT and what cannot be understood are the last that is answered', () => {
  const rig = new Rig();
  for (const [text, replies] of [
    ['INCR default\r\nQUIT\r\nINCR default\r\n', ':1\r\n+OK\r\n'],
    [
      'INCR default\r\n*x\r\nINCR default\r\n',
      ':4\r\n-ERR Protocol error: invalid multibulk length\r\n',
    ],
  ] as const) {
    const bytes = Buffer.from(text);
    const requests = rig.protocol.decode(bytes, bytes.length, rig.session);
    assert.equal(rig.protocol.answer(requests), 'all');
    assert.equal(requests.isViolated, true);
    const { bytes: all, length } = rig.protocol.replies;
    assert.equal(all.toString('latin1', 0, length), replies);
  }
  assert.equal(rig.counter.cursor(), 2n);
});

const exactMax = 2n ** 53n - 1n;

test('no number above 2^53 - 1 is sent, also not in the middle of a pipeline, and none is taken for it', () => {
  const rig = new Rig({ increment: 1n, next: exactMax - 2n });
  const replies = rig.replies('INCR default\r\n'.repeat(5)).split('\r\n');
  assert.deepEqual(replies.slice(0, 3), [`:${exactMax - 2n}`, `:${exactMax - 1n}`, `:${exactMax}`]);
  for (const reply of replies.slice(3, 5)) assert.match(reply, /^-ERR .* above 2\^53-1, /);
  assert.equal(rig.counter.cursor(), exactMax, 'number 2^53 is free');
  assert.match(rig.replies('INCR default\r\nPING\r\n'), /^-ERR .*\r\n\+PONG\r\n$/);
  assert.equal(rig.replies('GET default\r\n'), `$16\r\n${exactMax}\r\n`);
});

test('nor is a range that reaches beyond it', () => {
  const rig = new Rig({ increment: 1n, next: exactMax - 2n });
  assert.match(rig.replies('INCRBY default 4\r\n'), /^-ERR .* above 2\^53-1, /);
  assert.equal(rig.replies('INCRBY default 3\r\n'), `:${exactMax}\r\n`);
});

test('at the end of the sequence an error is the reply, and the connection goes on', () => {
  const rig = new Rig({ max: 7n });
  const { texts, progress } = rig.parts('INCR default\r\n'.repeat(5));
  const end = '-ERR the sequence is at its end: no number is left\r\n';
  assert.equal(texts.join(''), `:1\r\n:4\r\n:7\r\n${end}${end}`);
  assert.equal(progress, 'all');
  assert.equal(rig.replies('PING\r\n'), '+PONG\r\n');
});

test('at the stop a connection gets what it has, and no number', () => {
  const rig = new Rig({ reserved: 0n });
  rig.counter.stop();
  assert.deepEqual(rig.parts('INCR default\r\n'), { texts: [''], progress: 'over' });
});

test('replies that are long for their requests are a part each, in memory that does not stay', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `${'n'.repeat(60)}${index}`);
  const rig = new Rig({ names });
  const { texts } = rig.parts('KEYS *\r\n'.repeat(100));
  assert.equal(texts.length, 100);
  assert.ok(texts.every((text) => text.startsWith('*1000\r\n') && text.length > 60_000));
  rig.parts('PING\r\n');
  assert.ok(rig.protocol.replies.bytes.length <= 65_536);
});

test('the longest replies to a chunk of numbers fit', () => {
  const rig = new Rig({ increment: 1n, next: exactMax - 10_000n });
  const count = Math.floor(8192 / 'INCR default\n'.length);
  const { texts } = rig.parts('INCR default\n'.repeat(count));
  const numbers = texts
    .join('')
    .trimEnd()
    .split('\r\n')
    .map((line) => BigInt(line.slice(1)));
  const first = exactMax - 10_000n;
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, index) => first + BigInt(index)),
  );
  assert.equal(numberAt(progressionOf(), rig.counter.cursor()), first + BigInt(count));
});

test('of a client that takes no replies few are ever held, and what is behind them as it came', () => {
  const rig = new Rig();
  const bytes = Buffer.from(`${'A\n'.repeat(4000)}HELLO 3\nINCR default\nGET none\nPING\n`);
  const requests = rig.protocol.decode(bytes, bytes.length, rig.session);
  const kept = requests.rest();
  assert.ok(kept.others.length <= 16, `${kept.others.length} replies`);
  assert.equal(kept.isAnswered, false);
  // The memory of a chunk is used for the next session's.
  bytes.fill(0);
  let replies = '';
  for (let progress: Progress = 'part'; progress === 'part'; ) {
    progress = rig.protocol.answer(kept);
    assert.ok(kept.others.length <= 16);
    replies += rig.protocol.replies.bytes.toString('latin1', 0, rig.protocol.replies.length);
  }
  const error = "-ERR txnid only hands out numbers: no command 'A'\r\n";
  assert.equal(replies.slice(0, 4000 * error.length), error.repeat(4000));
  const rest = replies.slice(4000 * error.length);
  assert.match(rest, /^%8\r\n[\s\S]*:1\r\n-ERR no such sequence 'none'\r\n\+PONG\r\n$/);
});
