import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Demand, nextWindow, quietWindow } from '../../src/progress/window.js';

function windowOf(demand: Partial<Demand>): bigint {
  return nextWindow({ consumed: 0n, elapsedMs: 1000, flushMs: 1, increment: 1n, ...demand });
}

test('a quiet service reserves one high, but no fewer numbers than a burst takes', () => {
  assert.equal(quietWindow(1n), 65536n);
  assert.equal(quietWindow(3n), 21845n);
  assert.equal(quietWindow(32767n), 1024n);
  assert.equal(windowOf({}), 65536n);
});

test('a window holds a second of the demand, however short it was looked at', () => {
  const increment = 32767n;
  assert.equal(windowOf({ consumed: 100_000n, elapsedMs: 1000, increment }), 100_000n);
  assert.equal(windowOf({ consumed: 100n, elapsedMs: 1, increment }), 100_000n);
  assert.equal(windowOf({ consumed: 500_000n, elapsedMs: 5000, increment }), 100_000n);
});

test('on a disk that takes seconds to flush, a window outlasts four flushes', () => {
  const demand = { consumed: 100_000n, flushMs: 4000, increment: 32767n };
  assert.equal(windowOf(demand), 1_600_000n);
});

test('a crash burns at most 2^27 numbers, whatever was asked for before it', () => {
  assert.equal(windowOf({ consumed: 2n ** 40n }), 2n ** 27n);
});

test('whatever the demand looks like, a window has at least one high and at most 2^27 numbers', () => {
  const demands = fc.record({
    consumed: fc.bigInt({ min: -(2n ** 20n), max: 2n ** 64n }),
    elapsedMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    flushMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    increment: fc.bigInt({ min: 1n, max: 32767n }),
  });
  fc.assert(
    fc.property(demands, (demand) => {
      const window = nextWindow(demand);
      assert.ok(window * demand.increment >= 65536n - demand.increment && window <= 2n ** 27n);
    }),
  );
});
