import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedCounter } from '../../../src/sequence/counter.js';
import { Health, whyUnwell } from '../../../src/server/metrics/health.js';

const end = 1000n;
const waitMs = 20;

function counterWith(reserved: bigint, cursor = 0n): SharedCounter {
  const counter = SharedCounter.allocate(cursor);
  counter.raise(reserved, reserved);
  return counter;
}

test('a service with numbers in reserve is well', () => {
  assert.equal(whyUnwell(new Health(), counterWith(1n), end, waitMs), undefined);
});

test('why a service ends is told, and only its first reason', () => {
  const reasons = [
    [undefined, 'the service is stopping'],
    ['listen', 'the service is stopping'],
    ['save', 'the progress could not be saved'],
    ['lock-lost', 'the lock on the progress file was lost'],
    ['sequence-end', 'the sequence is at its end'],
    ['internal', 'the service ends with an internal error'],
  ] as const;
  for (const [code, line] of reasons) {
    const health = new Health();
    health.end(code);
    health.end(undefined);
    const elsewhere = new Health(health.memory);
    assert.equal(whyUnwell(elsewhere, counterWith(1n), end, waitMs), line);
  }
});

test('a counter that was stopped hands out nothing', () => {
  const counter = counterWith(1n);
  counter.stop();
  assert.equal(whyUnwell(new Health(), counter, end, waitMs), 'the service is stopping');
});

test('at the end of the sequence no number is left, although all are reserved', () => {
  const counter = counterWith(end, end);
  assert.equal(whyUnwell(new Health(), counter, end, waitMs), 'the sequence is at its end');
});

test('a reservation that is used up and not renewed in time is unwell', () => {
  assert.equal(
    whyUnwell(new Health(), counterWith(5n, 5n), end, waitMs),
    'numbers wait for the disk',
  );
});
