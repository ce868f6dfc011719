import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Request, SessionExchange } from './session-exchange.js';

const number: Request = { kind: 'number' };
const bell: Request = { kind: 'bell' };
const range: Request = { kind: 'range', count: 10 };

test('replies become receipts, however they are split', () => {
  const replies = '4\x03\x0711+7*10\x0381\x03';
  for (let cut = 0; cut <= replies.length; cut++) {
    const exchange = new SessionExchange(3, 7n);
    assert.equal(exchange.ask([number, bell, range, number], 5), '\x02\x0710\x02\x02');
    const receipts = [
      ...exchange.receive(replies.slice(0, cut)),
      ...exchange.receive(replies.slice(cut)),
    ];
    const common = { client: 3, askedAfter: 5, increment: 7n };
    assert.deepEqual(receipts, [
      { ...common, first: 4n, count: 1n },
      { ...common, first: 11n, count: 10n },
      { ...common, first: 81n, count: 1n },
    ]);
    assert.ok(exchange.isSettled);
  }
});

test('digits without their ETX are no number, and show as cut', () => {
  const exchange = new SessionExchange(0, 1n);
  exchange.ask([number, number], 0);
  assert.equal(exchange.receive('12\x0313').length, 1);
  assert.equal(exchange.isCut, true);
  assert.equal(exchange.isSettled, false);
});

const broken: [Request, string][] = [
  [number, '\x07'],
  [number, '-1\x03'],
  [number, '01\x03'],
  [number, '1+1*1\x03'],
  [range, '5\x03'],
  [range, '5+7*9\x03'],
  [bell, '5\x03'],
];
for (const [request, reply] of broken) {
  test(`${JSON.stringify(reply)} is no reply to ${request.kind}`, () => {
    const exchange = new SessionExchange(0, 7n);
    exchange.ask([request], 0);
    assert.throws(() => exchange.receive(reply), /no reply to/);
  });
}

test('a reply that nobody asked for is found', () => {
  assert.throws(() => new SessionExchange(0, 1n).receive('5\x03'), /to nothing/);
});
