import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Odometer } from '../../../src/sequence/decimal.js';
import { numberAt, type Progression } from '../../../src/sequence/progression.js';
import { SessionReplies } from '../../../src/server/session/replies.js';

const progression: Progression = { instance: 2n, increment: 7n, max: 2n ** 64n - 2n };

/** What is answered, one after the other. */
const claims = fc.array(
  fc.record({ count: fc.integer({ min: 1, max: 40 }), isRange: fc.boolean() }),
  { maxLength: 20 },
);

test('replies show the numbers from where the odometer stands, and leave it behind them', () => {
  const property = fc.property(claims, fc.bigInt({ min: 0n, max: 2n ** 40n }), (claimed, from) => {
    const odometer = new Odometer(7);
    odometer.set(numberAt(progression, from));
    const replies = new SessionReplies(7n);
    let index = from;
    for (const { count, isRange } of claimed) {
      replies.clear();
      if (isRange) replies.addRange(odometer, count);
      replies.addNumbers(odometer, count);
      assert.equal(
        replies.bytes.toString('latin1', 0, replies.length),
        shown(index, count, isRange),
      );
      index += BigInt(isRange ? 2 * count : count);
      assert.equal(odometer.passed, Number(index - from));
    }
  });
  fc.assert(property, { numRuns: 500 });
});

function shown(index: bigint, count: number, isRange: boolean): string {
  const first = index + (isRange ? BigInt(count) : 0n);
  const singles = Array.from({ length: count }, (_, place) => {
    return `${numberAt(progression, first + BigInt(place))}\x03`;
  });
  const range = isRange ? `${numberAt(progression, index)}+7*${count}\x03` : '';
  return range + singles.join('');
}
