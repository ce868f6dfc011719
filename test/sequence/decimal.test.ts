import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Framing, Odometer } from '../../src/sequence/decimal.js';
import { Seeded } from '../support/fixtures/seeded.js';

/** That of the session port, and that of the Redis port. */
const framings = [
  { before: [], after: [0x03] },
  { before: [0x3a], after: [0x0d, 0x0a] },
];
const target = Buffer.alloc(64 * 1024);

/** The run as bigints would have it. */
function expectedRun(first: bigint, step: number, count: number, framing: Framing): string {
  const [before, after] = [framing.before, framing.after].map((bytes) =>
    String.fromCharCode(...bytes),
  );
  const numbers = Array.from({ length: count }, (_, index) => first + BigInt(step * index));
  return numbers.map((number) => `${before}${number}${after}`).join('');
}

function assertRun(odometer: Odometer, first: bigint, step: number, count: number): void {
  const framing = framings[count % framings.length] as Framing;
  const expected = expectedRun(first, step, count, framing);
  const behind = 7 + expected.length;
  target.fill('!', behind, behind + 8);
  const end = odometer.writeRun(target, 7, count, framing);
  const what = `${count} numbers from ${first} in steps of ${step}`;
  assert.equal(target.toString('latin1', 7, end), expected, what);
  assert.equal(target.toString('latin1', end, end + 8), '!'.repeat(8), 'what is behind it is kept');
}

const steps = [1, 2, 3, 9, 10, 999, 9_999, 10_000, 10_001, 32_767];
const top = 2n ** 64n - 2n;
const firsts = [0n, 1n, 8n, 95n, 996n, 9_995n, 99_999n, 2n ** 53n - 3n, 10n ** 19n - 2n, top];

for (const step of steps) {
  test(`in steps of ${step} it shows what bigints would, across every carry`, () => {
    for (const first of firsts) {
      const odometer = new Odometer(step);
      odometer.set(first);
      assertRun(odometer, first, step, 300);
      assertRun(odometer, first + BigInt(300 * step), step, 1);
    }
  });
}

test('random walks of runs and skips stay on the progression', (t) => {
  const random = new Seeded();
  t.diagnostic(`seed ${random.seed}`);
  for (let walk = 0; walk < 300; walk++) {
    const step = 1 + random.below(32_767);
    const odometer = new Odometer(step);
    let number = BigInt(random.below(2 ** 32)) ** BigInt(random.below(3));
    odometer.set(number);
    for (let turn = 0; turn < 6; turn++) {
      const count = 1 + random.below(200);
      assertRun(odometer, number, step, count);
      const skipped = random.below(1_000_001);
      odometer.skip(skipped);
      number += BigInt(step) * BigInt(count + skipped);
    }
  }
});

test('it begins at 0', () => {
  assertRun(new Odometer(9_999), 0n, 9_999, 20);
});

test('to write a number does not go on from it', () => {
  const odometer = new Odometer(1);
  odometer.set(42n);
  assert.equal(odometer.write(target, 0), 2);
  assert.equal(odometer.write(target, 2), 4);
  assert.equal(target.toString('latin1', 0, 4), '4242');
});

test('a number set after a longer one leaves none of its digits', () => {
  const odometer = new Odometer(1);
  odometer.set(top);
  odometer.set(5n);
  assertRun(odometer, 5n, 1, 20);
});
