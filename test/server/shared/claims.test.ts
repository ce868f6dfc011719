/** What a thread claims beside others, and what its odometer shows then. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SharedCounter } from '../../../src/sequence/counter.js';
import { numberAt, type Progression } from '../../../src/sequence/progression.js';
import { Claims } from '../../../src/server/shared/claims.js';
import { Tally } from '../../../src/server/shared/tally.js';

const progression: Progression = { instance: 2n, increment: 7n, max: 2n ** 64n - 2n };

/** Claims of a thread of its own, as the number that its odometer shows after each, `undefined` for none. */
function threadOf(memory: SharedArrayBuffer) {
  const asked: number[] = [];
  const report = (message: { readonly kind: string; readonly count?: number }): void => {
    if (message.kind === 'low') asked.push(message.count ?? 0);
  };
  const tally = Tally.allocate(1).ofThread(0);
  const claims = new Claims(new SharedCounter(memory), progression, report, tally);
  const text = Buffer.alloc(32);
  const claim = (count: number, written = count): bigint | undefined => {
    if (!claims.claimNow(count)) return undefined;
    const shown = BigInt(text.toString('latin1', 0, claims.odometer.write(text, 0)));
    assert.equal(shown, numberAt(progression, claims.firstIndex()));
    claims.odometer.skip(written);
    return shown;
  };
  return { claim, asked };
}

const turns = fc.array(
  fc.record({
    thread: fc.nat(2),
    count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9000 }), fc.nat(999_999)),
    /** How many of them are written, or more than there were: nothing may rest on that. */
    written: fc.option(fc.nat(20_000), { nil: undefined }),
  }),
  { maxLength: 40 },
);

test('threads claim what nobody has, in order, and each odometer shows the first number of it', () => {
  const property = fc.property(
    turns,
    fc.bigInt({ min: 0n, max: 2n ** 60n }),
    fc.integer({ min: 0, max: 5_000_000 }),
    (given, from, room) => {
      const counter = SharedCounter.allocate(from);
      const limit = from + BigInt(room);
      counter.raise(limit, limit, limit);
      const threads = [0, 1, 2].map(() => threadOf(counter.memory));
      let next = from;
      for (const { thread, count: wanted, written } of given) {
        const count = Math.max(wanted, 1);
        const fits = next + BigInt(count) <= limit;
        const shown = threads[thread]?.claim(count, written);
        assert.equal(shown, fits ? numberAt(progression, next) : undefined);
        if (fits) next += BigInt(count);
        assert.equal(counter.cursor(), next);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test('a thread that knows only an old limit and low mark finds the new ones, and asks once', () => {
  const counter = SharedCounter.allocate(0n);
  const [one, other] = [threadOf(counter.memory), threadOf(counter.memory)];
  counter.raise(100n, 50n);
  one.claim(40);
  other.claim(9);
  assert.deepEqual([one.asked, other.asked], [[], []]);
  counter.raise(300n, 200n);
  assert.notEqual(one.claim(61), undefined, 'above the limit that it knows');
  assert.notEqual(other.claim(80), undefined);
  assert.deepEqual([one.asked, other.asked], [[], []], 'at 190');
  one.claim(10);
  other.claim(1);
  assert.deepEqual([one.asked, other.asked], [[1], []], 'at 200, by who came first');
  assert.equal(other.claim(100), undefined);
  counter.raise(1000n, 900n);
  assert.equal(other.claim(900), undefined, 'does not fit');
  assert.deepEqual(other.asked, [900]);
});

test('a thread that others have left far behind shows where it is, beyond 2^53 too', () => {
  const counter = SharedCounter.allocate(0n);
  const thread = threadOf(counter.memory);
  counter.raise(2n ** 61n, 2n ** 61n);
  assert.equal(thread.claim(1), 2n);
  counter.claimUpTo(2n ** 60n);
  assert.equal(thread.claim(1), numberAt(progression, 2n ** 60n + 1n));
  assert.equal(thread.claim(1), numberAt(progression, 2n ** 60n + 2n));
});
