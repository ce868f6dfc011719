import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latencies } from '../../src/bench/latencies.js';
import { Seeded } from '../support/fixtures/seeded.js';

test('percentiles are those of the sorted values, at most 2.2 % too high', () => {
  const seeded = new Seeded();
  const latencies = new Latencies();
  const values = Array.from({ length: 5000 }, () => 0.002 * 1.5 ** (seeded.below(3000) / 100));
  for (const value of values) latencies.record(value, 1);
  values.sort((one, other) => one - other);
  for (const share of [0.001, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = values[Math.ceil(values.length * share) - 1] ?? 0;
    const told = latencies.percentileMs(share);
    assert.ok(told >= exact * 0.9999 && told <= exact * 1.022, `seed ${seeded.seed}: ${share}`);
  }
  assert.equal(latencies.maxMs, values.at(-1));
});

test('many replies at once count each', () => {
  const latencies = new Latencies();
  latencies.record(1, 98);
  latencies.record(500, 2);
  assert.ok(latencies.percentileMs(0.98) < 1.03);
  assert.equal(latencies.percentileMs(0.99), 500);
  const bands = latencies.bands();
  assert.deepEqual([bands[0]?.count, bands.at(-1)?.count], [98, 2]);
  assert.ok(bands.every(({ toMs }, index) => toMs === (bands[0]?.toMs ?? 0) * 2 ** index));
});

test('nothing measured, and times beyond all bands, are told as what they are', () => {
  const latencies = new Latencies();
  assert.deepEqual([latencies.percentileMs(0.5), latencies.maxMs, latencies.bands()], [0, 0, []]);
  latencies.record(0, 1);
  latencies.record(1e9, 1);
  assert.equal(latencies.percentileMs(0.5), 0.001);
  assert.equal(latencies.maxMs, 1e9);
  assert.equal(
    latencies.bands().reduce((sum, { count }) => sum + count, 0),
    2,
  );
});
