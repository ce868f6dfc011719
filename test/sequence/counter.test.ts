import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { Counters, notReserved, SharedCounter, smallClaimMax } from '../../src/sequence/counter.js';
import type { ClaimingOrder } from '../support/processes/claiming-thread.js';

const script = new URL('../support/processes/claiming-thread.js', import.meta.url);

function counterAt(cursor: bigint, limit: bigint, low = limit): SharedCounter {
  const counter = SharedCounter.allocate(cursor);
  counter.raise(limit, low);
  return counter;
}

function startThread(order: ClaimingOrder, onLow: () => void) {
  const worker = new Worker(script, { workerData: order });
  return new Promise<[bigint, number][]>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (message: 'low' | [bigint, number][]) => {
      if (message === 'low') onLow();
      else resolve(message);
    });
  });
}

/** Fails unless the claims cover all indexes from `start` to `end`, each once. */
function assertGapless(claims: readonly [bigint, number][], start: bigint, end: bigint): void {
  let next = start;
  for (const [first, count] of claims.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    assert.equal(first, next);
    next += BigInt(count);
  }
  assert.equal(next, end);
}

test('a new counter hands out nothing', () => {
  const counter = SharedCounter.allocate(5n);
  assert.equal(counter.claim(1n), notReserved);
  assert.deepEqual(counter.claimUpTo(10n), { first: 5n, count: 0n });
  assert.equal(counter.cursor(), 5n);
});

test('claims follow each other and never go over the limit', () => {
  const sizes = fc.array(fc.bigInt({ min: 1n, max: 40n }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(sizes, fc.bigInt({ min: 0n, max: 300n }), (counts, room) => {
      const start = 2n ** 64n - 1n - room;
      const counter = counterAt(start, 2n ** 64n - 1n);
      let cursor = start;
      for (const count of counts) {
        const fits = cursor + count <= counter.limit();
        assert.equal(counter.claim(count), fits ? cursor : notReserved);
        if (fits) cursor += count;
        assert.equal(counter.cursor(), cursor);
      }
    }),
  );
});

test('claimUpTo takes what is left and no more', () => {
  const counter = counterAt(0n, 10n);
  assert.deepEqual(counter.claimUpTo(7n), { first: 0n, count: 7n });
  assert.deepEqual(counter.claimUpTo(7n), { first: 7n, count: 3n });
  assert.deepEqual(counter.claimUpTo(7n), { first: 10n, count: 0n });
});

test('the end of the last claim can be given back, but not once somebody claimed after it', () => {
  const counter = counterAt(0n, 100n);
  counter.claim(10n);
  assert.equal(counter.giveBack(6n, 4n), true);
  assert.equal(counter.claim(1n), 6n);
  assert.equal(counter.giveBack(5n, 1n), false);
  assert.equal(counter.cursor(), 7n);
});

test('no reservation is asked for while more than half the window is left', () => {
  const counter = counterAt(0n, 100n, 50n);
  counter.claim(49n);
  assert.equal(counter.takeReservationRequest(), false);
  assert.equal(counter.takeReservationRequest(52), true, 'but what does not fit is asked for');
});

test('large claims end at their own limit, and small ones go on behind it', () => {
  const counter = SharedCounter.allocate(0n);
  counter.raise(100_000n, 100_000n, 90_000n);
  assert.deepEqual([counter.fits(90_000n), counter.fits(90_001n)], [true, false]);
  assert.equal(counter.claim(90_001n), notReserved);
  assert.equal(counter.takeReservationRequest(90_001), true, 'and what does not fit is asked for');
  counter.raise(100_000n, 100_000n, 90_000n);
  assert.equal(counter.claim(85_000n), 0n);
  assert.equal(counter.rangeRoom(), 5000n);
  const most = BigInt(smallClaimMax);
  assert.equal(counter.claim(most + 1n), notReserved);
  assert.equal(counter.claim(most), 85_000n);
  assert.equal(counter.rangeRoom(), 0n);
  assert.equal(counter.fits(6809n), false);
  assert.equal(counter.claim(6808n), 85_000n + most);
});

test('who listens is called after each change of any counter, until it is no longer', () => {
  const counters = Counters.allocate(2);
  let changes = 0;
  const end = counters.onChange(() => changes++);
  counters.at(0).raise(1n, 1n);
  counters.at(1).raise(1n, 1n);
  counters.at(0).stop();
  assert.equal(changes, 3);
  end();
  counters.at(1).raise(2n, 2n);
  assert.equal(changes, 3);
});

test('counters side by side know nothing of each other', () => {
  const counters = Counters.allocate(3);
  counters.put(1, 100n);
  assert.equal(counters.count, 3);
  const others = new Counters(counters.memory);
  counters.at(1).raise(110n, 105n);
  assert.equal(others.at(1).claim(4n), 100n);
  assert.equal(others.at(0).claim(1n), notReserved);
  assert.deepEqual(
    [0, 1, 2].map((place) => counters.cursor(place)),
    [0n, 104n, 0n],
  );
  assert.deepEqual(
    [0, 1, 2].map((place) => counters.limit(place)),
    [0n, 110n, 0n],
  );
  assert.equal(others.at(1).takeReservationRequest(), false);
  assert.equal(others.at(2).takeReservationRequest(), true);
  assert.equal(others.at(0).takeReservationRequest(), true, 'each has a request of its own');
  counters.at(2).stop();
  assert.deepEqual(
    [0, 1, 2].map((place) => others.at(place).isRunning()),
    [true, true, false],
  );
  counters.stop();
  assert.deepEqual(
    [0, 1, 2].map((place) => others.at(place).isRunning()),
    [false, false, false],
  );
});

test('a request is taken by one caller only, and again after a raise', () => {
  const counter = counterAt(0n, 100n, 50n);
  counter.claim(50n);
  assert.deepEqual(
    [counter.takeReservationRequest(), counter.takeReservationRequest()],
    [true, false],
  );
  counter.raise(200n, 150n);
  assert.equal(counter.takeReservationRequest(), false);
  counter.claim(100n);
  assert.equal(counter.isLow(), true);
  assert.equal(counter.takeReservationRequest(), true);
});

test('threads that claim at once get every index once, and the request is never lost', async () => {
  const counter = counterAt(1000n, 1000n);
  const windowIndexes = 64n;
  const raise = () => {
    const limit = counter.limit() + windowIndexes;
    counter.raise(limit, limit - windowIndexes / 2n);
  };
  const claimsMax = 3000;
  const counts = [1, 1, 7, 2, 30];
  const order = { memory: counter.memory, counts, claimsMax };
  // Were a request lost, all threads would wait for ever: the test would not end.
  const claims = await Promise.all([0, 1, 2, 3].map(() => startThread(order, raise)));
  const perThread = BigInt((claimsMax / counts.length) * counts.reduce((sum, one) => sum + one));
  assertGapless(claims.flat(), 1000n, 1000n + 4n * perThread);
  assert.ok(counter.cursor() <= counter.limit());
  for (const mine of claims) {
    for (const [turn, [first]] of mine.entries()) {
      assert.ok(turn === 0 || first > (mine[turn - 1]?.[0] ?? -1n), 'a thread sees them increase');
    }
  }
});

test('a stop wakes all threads that wait, and leaves an exact cursor', async () => {
  const counter = counterAt(0n, 10n);
  const lows: string[] = [];
  const order = { memory: counter.memory, counts: [1], claimsMax: 100 };
  const threads = [0, 1, 2].map(() => startThread(order, () => lows.push('low')));
  while (counter.cursor() < 10n || lows.length === 0) await new Promise(setImmediate);
  counter.stop();
  assertGapless((await Promise.all(threads)).flat(), 0n, 10n);
  assert.equal(lows.length, 1, 'one thread asks for all');
  assert.equal(counter.isRunning(), false);
});

test('a change between the look and the wait is not slept through', () => {
  const counter = counterAt(0n, 0n);
  const seen = counter.changes();
  counter.raise(1n, 1n);
  counter.waitForChange(seen);
  const seenAgain = counter.changes();
  counter.stop();
  counter.waitForChange(seenAgain);
});

test('a wait without a change lasts until its limit', () => {
  const counter = counterAt(0n, 0n);
  const startMs = performance.now();
  counter.waitForChange(counter.changes(), 50);
  assert.ok(performance.now() - startMs > 40, 'it waits');
  assert.equal(counter.isRunning(), true);
});
