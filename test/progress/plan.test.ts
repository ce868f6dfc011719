import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  burstLookMs,
  ceilingReach,
  isSlow,
  leastWindowFor,
  marksAt,
  nextFineWindow,
  nextWindow,
  type Pace,
  plan,
  quietWindow,
  reserveOf,
  windowNearEnd,
} from '../../src/progress/plan.js';
import { larger, smaller } from '../../src/sequence/order.js';
import {
  endBound,
  endIndex,
  limitIndex,
  numberAt,
  resumeIndex,
} from '../../src/sequence/progression.js';
import { progressionOf } from '../support/fixtures/progress-fixture.js';

function windowOf(demand: Partial<Pace>): bigint {
  return nextWindow({
    consumed: 0n,
    elapsedMs: 1000,
    flushMs: 1,
    quiet: quietWindow(1n),
    ...demand,
  });
}

test('a burst gets what two flushes need at its pace, however long it was quiet before', () => {
  const quiet = { consumed: 512n, elapsedMs: 10 ** 7, quiet: 1024n };
  assert.equal(nextWindow({ ...quiet, flushMs: 300, burstPerMs: 25 }), 15_000n);
  assert.equal(nextWindow({ ...quiet, flushMs: 300 }), 1024n);
  assert.equal(nextWindow({ ...quiet, flushMs: 300, burstPerMs: 10 ** 9 }), 2n ** 27n);
  // What goes on has more already.
  const lasting = { consumed: 25_000n, elapsedMs: 1000, flushMs: 300, quiet: 65_536n };
  assert.equal(nextWindow({ ...lasting, burstPerMs: 25 }), nextWindow(lasting));
});

test('only a flush that a burst would feel is worth a look, and that is short', () => {
  assert.deepEqual([0, 19.9, 20, 300].map(isSlow), [false, false, true, true]);
  assert.deepEqual([20, 320, 3000].map(burstLookMs), [0.625, 10, 10]);
});

test('a quiet service reserves one high, but no fewer numbers than a burst takes', () => {
  assert.equal(quietWindow(1n), 65536n);
  assert.equal(quietWindow(3n), 21845n);
  assert.equal(quietWindow(32767n), 1024n);
  assert.equal(windowOf({}), 65536n);
  assert.equal(windowOf({ quiet: 7n }), 7n);
});

test('with finer marks a quiet service reserves no more than they allow', () => {
  assert.deepEqual(
    [1n, 1023n, 65535n].map((every) => quietWindow(1n, every)),
    [1n, 1023n, 65535n],
  );
  assert.deepEqual(
    [1n, 1023n, 65535n].map((every) => quietWindow(32767n, every)),
    [1n, 1023n, 1024n],
  );
  assert.deepEqual([1n, 65535n, 65536n].map(marksAt), ['numbers', 'numbers', 'highs']);
});

test('a window holds a second of the demand', () => {
  const quiet = quietWindow(32767n);
  assert.equal(windowOf({ consumed: 100_000n, elapsedMs: 1000, quiet }), 100_000n);
  assert.equal(windowOf({ consumed: 50_000n, elapsedMs: 500, quiet }), 100_000n);
  assert.equal(windowOf({ consumed: 500_000n, elapsedMs: 5000, quiet }), 100_000n);
});

test('what is asked for in a moment is no demand of a second: a window is four times that at most', () => {
  const quiet = quietWindow(32767n);
  for (const elapsedMs of [0, 1, 100, 250])
    assert.equal(windowOf({ consumed: 100_000n, elapsedMs, quiet }), 400_000n);
});

test('on a disk that takes seconds to flush, a window outlasts four flushes', () => {
  const quiet = quietWindow(32767n);
  const demand = { consumed: 800_000n, elapsedMs: 8000, flushMs: 4000, quiet };
  assert.equal(windowOf(demand), 1_600_000n);
  assert.equal(windowOf({ ...demand, consumed: 1000n, elapsedMs: 1 }), 4000n);
});

test('near the end a window is a small part of what is left, but no smaller than a quiet one', () => {
  assert.equal(windowNearEnd(1_000_000n, 2n ** 60n, 65_536n), 1_000_000n);
  assert.equal(windowNearEnd(1_000_000n, 3_200_000n, 65_536n), 100_000n);
  assert.equal(windowNearEnd(1_000_000n, 1000n, 65_536n), 65_536n);
  assert.equal(windowNearEnd(5n, 3_200_000n, 65_536n), 5n, 'it only ever shrinks');
});

test('near the end the ceiling is nearer, but leaves room for a window to grow', () => {
  assert.equal(ceilingReach(65_536n, 2n ** 60n), 16n * 65_536n);
  assert.equal(ceilingReach(65_536n, 8n * 200_000n), 200_000n);
  assert.equal(ceilingReach(65_536n, 1000n), 2n * 65_536n);
});

test('a large claim fits into the window that is made for it, beside what it leaves to small ones', () => {
  for (const count of [8193n, 100_000n, 1_000_000n]) {
    const window = leastWindowFor(count);
    assert.ok(window - reserveOf(window) >= count);
    assert.ok(window <= count + count / 8n);
  }
});

test('a crash burns at most 2^27 numbers, whatever was asked for before it', () => {
  assert.equal(windowOf({ consumed: 2n ** 40n }), 2n ** 27n);
});

test('whatever the demand looks like, a window has what a quiet one has and at most 2^27 numbers', () => {
  const demands = fc.record({
    consumed: fc.bigInt({ min: -(2n ** 20n), max: 2n ** 64n }),
    elapsedMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    flushMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    quiet: fc.bigInt({ min: 1n, max: 65_536n }),
  });
  fc.assert(
    fc.property(demands, (demand) => {
      const window = nextWindow(demand);
      assert.ok(window >= demand.quiet && window <= 2n ** 27n);
    }),
  );
});

test('a plan stays below the durable ceiling, takes nothing back, and marks no more than it reserves', () => {
  const states = fc.record({
    instance: fc.bigInt({ min: 1n, max: 9n }),
    increment: fc.bigInt({ min: 9n, max: 32767n }),
    max: fc.bigInt({ min: 2n ** 16n, max: 2n ** 64n - 1n }),
    used: fc.bigInt({ min: 0n, max: 2n ** 30n }),
    ahead: fc.bigInt({ min: 1n, max: 2n ** 12n }),
    room: fc.bigInt({ min: 0n, max: 2n ** 12n }),
    count: fc.bigInt({ min: 1n, max: 1_000_000n }),
    window: fc.bigInt({ min: 1024n, max: 2n ** 27n }),
  });
  fc.assert(
    fc.property(states, ({ instance, increment, max, used, ahead, room, count, window }) => {
      const progression = progressionOf({ instance, increment, max });
      const cursor = used % endIndex(progression);
      const reserved = (numberAt(progression, cursor) / 65_536n + ahead) * 65_536n;
      const durable = { reserved, ceiling: reserved + room * 65_536n };
      const next = plan(durable, { cursor, count, window, marks: 'highs' }, progression);
      assert.ok(next.reserved >= reserved && next.reserved <= durable.ceiling);
      assert.ok(next.ceiling >= next.reserved);
      assert.equal(next.reserved % 65_536n, 0n);
      assert.equal(next.ceiling % 65_536n, 0n);
      assert.equal(next.limit, limitIndex(progression, next.reserved));
      for (const mark of [next.low, next.rangeLimit]) assert.ok(mark >= 0n && mark <= next.limit);
      // Nothing but the ceiling and the end is in the way of what is asked for.
      const isBounded = next.reserved === durable.ceiling || next.limit === endIndex(progression);
      const { rangeLimit } = next;
      assert.ok(isBounded || (cursor + count <= rangeLimit && cursor + window / 2n <= next.limit));
    }),
  );
});

test('a plan near the end reserves up to the end, and leaves nothing to ask for', () => {
  const progression = progressionOf({ increment: 3n, max: 200_000n });
  const durable = { reserved: 65_536n, ceiling: 2n ** 20n };
  const next = plan(
    durable,
    { cursor: 20_000n, count: 1n, window: 200_000n, marks: 'highs' },
    progression,
  );
  const limit = endIndex(progression);
  const reserved = endBound(progression);
  assert.deepEqual(next, { reserved, ceiling: reserved, limit, low: limit, rangeLimit: limit });
});

test('with finer marks a window grows only when a second asks for many of them, or a flush for more than one', () => {
  const quiet = 10n;
  const fine = (perSecond: bigint, flushMs = 1) => nextFineWindow({ perSecond, flushMs, quiet });
  assert.deepEqual(
    [0n, 10n, 160n].map((pace) => fine(pace)),
    [10n, 10n, 10n],
  );
  assert.deepEqual(
    [161n, 1000n, 10n ** 6n].map((pace) => fine(pace)),
    [161n, 1000n, 10n ** 6n],
  );
  // A quarter of the window lasts for a flush, or it grows.
  assert.deepEqual([fine(100n, 25), fine(100n, 26), fine(100n, 500)], [10n, 100n, 200n]);
});

test('with finer marks a plan reserves what is asked for, and a crash burns no more than the window', () => {
  const states = fc.record({
    instance: fc.bigInt({ min: 0n, max: 32767n }),
    increment: fc.oneof(fc.constant(1n), fc.bigInt({ min: 1n, max: 32767n })),
    // Near multiples of 2^16, where a bound could be taken for a high.
    used: fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 12n }), fc.bigInt({ min: -9n, max: 9n })),
    count: fc.oneof(fc.constant(1n), fc.bigInt({ min: 1n, max: 1_000_000n })),
    most: fc.bigInt({ min: 1n, max: 2000n }),
    left: fc.bigInt({ min: 1n, max: 2n ** 20n }),
  });
  fc.assert(
    fc.property(states, ({ instance, increment, used: [high, low], count, most, left }) => {
      const cursor = larger((high * 65_536n + low - instance) / increment, 0n);
      const max = numberAt(progressionOf({ instance, increment }), cursor + left - 1n);
      const progression = progressionOf({ instance, increment, max });
      const window = larger(most, count === 1n ? 1n : leastWindowFor(count));
      const number = numberAt(progression, cursor);
      const durable = { reserved: number, ceiling: 2n ** 70n };
      const next = plan(durable, { cursor, count, window, marks: 'numbers' }, progression);
      assert.equal(next.limit, limitIndex(progression, next.reserved));
      assert.ok(next.reserved > number && next.ceiling >= next.reserved);
      assert.ok(next.limit >= smaller(cursor + count, endIndex(progression)));
      if (next.limit === endIndex(progression)) return;
      assert.ok(next.rangeLimit >= cursor + count || count === 1n);
      const burnt = resumeIndex(progression, next.reserved) - cursor;
      const ahead = larger(window, count + reserveOf(window));
      assert.ok(
        burnt <= ahead + (count > 1n || window === 1n ? 1n : 0n),
        `burns ${burnt} of ${ahead}`,
      );
    }),
    { numRuns: 2000 },
  );
});
