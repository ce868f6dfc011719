/** One connection over a stream that takes in bytes when the test says so. */

import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { PendingRequest } from '../../src/client/pending-request.js';
import { numberQuestion } from '../../src/client/question.js';
import { Session, type SessionEnd } from '../../src/client/session.js';
import { seen } from './connected.js';
import { bel, etx } from './fake-server.js';

/** Takes in a piece of bytes for each call of `release`. */
class SlowStream extends Duplex {
  release = (): void => {};

  constructor() {
    super({ writableHighWaterMark: 2 });
  }

  override _read(): void {}

  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    this.release = done;
  }
}

function slowSession() {
  const stream = new SlowStream();
  const ends: SessionEnd[] = [];
  let writable = 0;
  const session = new Session({
    stream,
    host: 'slow',
    port: 1,
    connectTimeoutMs: 10_000,
    onWritable: () => writable++,
    onEnd: (end) => ends.push(end),
  });
  return { stream, session, ends, writable: () => writable };
}

function ask(session: Session, count: number): Promise<bigint>[] {
  const requests: PendingRequest<bigint>[] = [];
  const replies = Array.from({ length: count }, () => {
    return new Promise<bigint>((resolve, reject) => {
      requests.push(
        new PendingRequest<bigint>(numberQuestion, Number.MAX_VALUE, { resolve, reject }),
      );
    });
  });
  session.write(requests);
  return replies;
}

test('nothing is to be written before the server has answered, nor while it takes nothing in', async () => {
  const { stream, session, writable } = slowSession();
  assert.deepEqual([session.isWritable, writable()], [false, 0]);
  stream.release();
  stream.push(bel);
  await session.ready;
  assert.deepEqual([session.isWritable, writable()], [true, 1]);
  const replies = ask(session, 3);
  assert.deepEqual([session.isWritable, writable()], [false, 1]);
  stream.release();
  await seen();
  assert.deepEqual([session.isWritable, writable()], [true, 2]);
  stream.push(`4${etx}5${etx}6${etx}`);
  assert.deepEqual(await Promise.all(replies), [4n, 5n, 6n]);
  session.finish();
  await session.ended;
});

test('an end is told once, and whether the connection was of use', async () => {
  const useless = slowSession();
  useless.stream.destroy(new Error('gone'));
  await assert.rejects(useless.session.ready, { code: 'connect', message: /slow:1: gone/ });
  const useful = slowSession();
  useful.stream.push(bel);
  await useful.session.ready;
  const replies = ask(useful.session, 1);
  useful.stream.push(`1${etx}`);
  await Promise.all(replies);
  useful.stream.push(null);
  await useful.session.ended;
  await seen();
  const told = [useless, useful].map(({ ends }) =>
    ends.map(({ code, hasServed, isFailure }) => [code, hasServed, isFailure]),
  );
  assert.deepEqual(told, [[['connect', false, true]], [['connection-lost', true, false]]]);
});
