import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BenchReport, reportJson, reportLines } from '../../src/bench/report.js';

const report: BenchReport = {
  server: '127.0.0.1:8964',
  port: 'session',
  connections: 2,
  depth: 16,
  rate: 1000,
  seconds: 2,
  numbers: 1000,
  failed: 0,
  unsent: 250,
  violation: null,
  increment: 3,
  latencyMs: { p50: 0.1004, p99: 8, p999: 9.5, max: 12.25 },
  bands: [
    { toMs: 0.128, count: 990 },
    { toMs: 16.384, count: 10 },
  ],
  ownCpuSeconds: 0.5,
};

test('people get aligned lines, with a bar for each band of latency', () => {
  assert.deepEqual(reportLines(report), [
    'server   127.0.0.1:8964, session port',
    'load     2 connections, 16 in flight on each, 1000 requests a second',
    'numbers  1000 in 2.00 s, 500 a second',
    'failed   0, 250 not sent in time',
    'checked  no number twice, none out of order, all a multiple of 3 apart',
    'latency  p50 0.100  p99 8.000  p99.9 9.500  max 12.250 ms',
    `  to  0.128 ms   99.00%  ${'#'.repeat(40)}`,
    '  to 16.384 ms    1.00%  #',
    'own CPU  500.000 us a number, 25% of one CPU',
  ]);
});

test('where no number came, nothing was checked, and where one was wrong, that is said', () => {
  const none = reportLines({ ...report, numbers: 0, bands: [] });
  assert.ok(none.includes('checked  nothing: no number came'));
  assert.ok(none.includes('own CPU  25% of one CPU'));
  const wrong = reportLines({ ...report, violation: '7 was handed out twice' });
  assert.ok(wrong.includes('checked  FAILED: 7 was handed out twice'));
});

test('programs get one object, with counts as decimal strings', () => {
  const { numbers, unsent, perSecond, histogram, latencyMs } = JSON.parse(reportJson(report));
  assert.deepEqual([numbers, unsent, perSecond, latencyMs.p99], ['1000', '250', 500, 8]);
  assert.deepEqual(histogram.at(-1), { toMs: 16.384, count: '10' });
});
