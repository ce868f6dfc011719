import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { numberAt, type Progression } from '../../../src/sequence/progression.js';
import { SessionReplies } from '../../../src/server/session/replies.js';

const progression: Progression = { instance: 2n, increment: 7n, max: 2n ** 64n - 2n };

/** What was claimed: so far behind or ahead of what was answered last, and how many numbers of it. */
const claims = fc.array(
  fc.record({
    ahead: fc.oneof(
      fc.constant(0),
      fc.nat(3000),
      fc.nat(2_000_000),
      fc.integer({ min: -5, max: -1 }),
    ),
    count: fc.integer({ min: 1, max: 40 }),
    isRange: fc.boolean(),
  }),
  { maxLength: 20 },
);

test('replies show the numbers claimed, whatever other threads have claimed between', () => {
  const property = fc.property(claims, fc.bigInt({ min: 0n, max: 2n ** 40n }), (claimed, from) => {
    const replies = new SessionReplies(progression);
    let index = from;
    for (const { ahead, count, isRange } of claimed) {
      index = index + BigInt(ahead) < 0n ? index : index + BigInt(ahead);
      replies.clear();
      replies.startAt(index);
      if (isRange) replies.addRange(count);
      replies.addNumbers(count);
      assert.equal(
        replies.bytes.toString('latin1', 0, replies.length),
        shown(index, count, isRange),
      );
      index += BigInt(isRange ? 2 * count : count);
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
