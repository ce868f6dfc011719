import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Counters } from '../../../src/sequence/counter.js';
import { numberMax } from '../../../src/sequence/progression.js';
import { Metrics } from '../../../src/server/metrics/metrics.js';
import { Tally } from '../../../src/server/shared/tally.js';
import { samplesIn } from '../../support/processes/http-client.js';

/** Metrics of a service at `cursor`, on a clock of its own. */
function metricsAt(cursor: bigint, names = ['default']) {
  const clock = { nowMs: 1000 };
  const metrics = new Metrics(() => clock.nowMs);
  const [oneShot, session] = [Tally.allocate(2), Tally.allocate(2)];
  const counters = Counters.allocate(names.length);
  counters.put(0, cursor);
  const counter = counters.at(0);
  counter.raise(cursor + 500n, cursor + 250n);
  metrics.watch({
    ports: [
      { name: 'one_shot', tally: oneShot },
      { name: 'session', tally: session },
    ],
    openSessions: () => 3,
    sessionsMax: 1024,
    counters,
    names,
    progression: { instance: 2n, increment: 3n, max: numberMax },
    window: () => 1024n,
    burnt: 77n,
    version: '1.2.3',
    startedAt: new Date(1_700_000_000_500),
  });
  return { metrics, oneShot, session, counters, counter, clock };
}

const file = (name: string): string =>
  readFileSync(new URL(`../../../../config/${name}`, import.meta.url), 'utf8');

test('what the threads have counted is told as it is, however often it is asked', async () => {
  const { metrics, oneShot, session } = metricsAt(0n);
  oneShot.ofThread(0).add('numbers', 5);
  oneShot.ofThread(1).add('numbers', 6);
  session.ofThread(1).add('numbers', 2 ** 53);
  session.ofThread(0).add('too_many_sessions', 4);
  session.ofThread(0).add('sessions', 9);
  await metrics.text();
  const samples = samplesIn(await metrics.text());
  assert.equal(samples.get('txnid_numbers_total{port="one_shot"}'), 11);
  assert.equal(samples.get('txnid_numbers_total{port="session"}'), 2 ** 53);
  const refused = 'txnid_refused_connections_total{port="session",reason="too_many_sessions"}';
  assert.equal(samples.get(refused), 4);
  assert.equal(samples.get('txnid_sessions_total'), 9);
  assert.equal(samples.get('txnid_sessions'), 3);
  assert.equal(samples.get('txnid_sessions_limit'), 1024);
});

test('the next number is exact in its two halves, also beyond 2^53', async () => {
  const { metrics, counter } = metricsAt(6_000_000_000_000_000_001n);
  counter.claim(1n);
  const samples = samplesIn(await metrics.text());
  const half = (name: string) => BigInt(samples.get(`txnid_next_number_${name}`) ?? -1);
  assert.equal(half('high') * 65536n + half('low'), 2n + 3n * 6_000_000_000_000_000_002n);
  assert.ok(Math.abs((samples.get('txnid_used_ratio') ?? 0) - 0.9758) < 0.001);
  assert.ok((samples.get('txnid_remaining_numbers') ?? 0) > 1e17);
  assert.equal(samples.get('txnid_reserved_numbers'), 499);
  assert.equal(samples.get('txnid_reservation_window_numbers'), 1024);
  assert.equal(samples.get('txnid_burnt_at_start_numbers'), 77);
});

test('of several sequences each is told with its name', async () => {
  const { metrics, counters } = metricsAt(65_536n, ['default', 'orders', 'in.voices']);
  counters.put(2, 7n);
  counters.at(2).raise(17n, 12n);
  const samples = samplesIn(await metrics.text());
  const told = (name: string, sequence: string) =>
    samples.get(`txnid_${name}{sequence="${sequence}"}`);
  assert.equal(told('next_number_high', 'default'), 3);
  assert.equal(told('next_number_low', 'default'), 2);
  assert.equal(told('next_number_low', 'orders'), 2);
  assert.equal(told('next_number_low', 'in.voices'), 23);
  assert.equal(told('reserved_numbers', 'in.voices'), 10);
  assert.equal(told('reserved_numbers', 'orders'), undefined, 'nobody has asked it');
  assert.equal(samples.get('txnid_next_number_low'), undefined);
  assert.equal(samples.get('txnid_reservation_window_numbers'), 1024);
});

test('flushes are told by how long they took, and the one under way by how long it takes', async () => {
  const { metrics, clock } = metricsAt(0n);
  const end = metrics.flushBegins();
  clock.nowMs += 3;
  end();
  clock.nowMs += 2000;
  metrics.flushBegins();
  clock.nowMs += 1000;
  metrics.flushBegins();
  clock.nowMs += 3000;
  const samples = samplesIn(await metrics.text());
  const bucket = (le: string) => samples.get(`txnid_flush_duration_seconds_bucket{le="${le}"}`);
  assert.deepEqual([bucket('0.0025'), bucket('0.005'), bucket('+Inf')], [0, 1, 1]);
  assert.equal(samples.get('txnid_flush_duration_seconds_sum'), 0.003);
  assert.equal(samples.get('txnid_flush_under_way_seconds'), 4);
  assert.equal(samples.get('txnid_last_flush_age_seconds'), 6);
});

test('what runs is told as labels', async () => {
  const { metrics } = metricsAt(0n);
  const text = await metrics.text();
  const labels = `version="1.2.3",node_version="${process.version}",sequence_instance="2",sequence_increment="3"`;
  assert.equal(samplesIn(text).get(`txnid_build_info{${labels}}`), 1);
  assert.equal(samplesIn(text).get('txnid_start_time_seconds'), 1_700_000_000.5);
});

test('every name has a help, a type and a name after the conventions', async () => {
  const text = await metricsAt(0n).metrics.text();
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  assert.ok(types.length > 12);
  for (const [, name = '', type] of types) {
    assert.match(name, /^txnid_[a-z_]+$/);
    assert.match(text, new RegExp(`^# HELP ${name} [A-Z0-9].+\\.`, 'm'));
    assert.equal(name.endsWith('_total'), type === 'counter', name);
  }
});

for (const name of ['grafana.json', 'alerts.yml', '../README.md']) {
  test(`every metric that ${name} names is exported`, async () => {
    const text = await metricsAt(0n).metrics.text();
    const samples = [...samplesIn(text).keys()].map((key) => key.replace(/\{.*/, ''));
    // People call a histogram by its name; a query has to name its parts.
    const families = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, family = '']) => family);
    const exported = new Set(name.endsWith('.md') ? [...samples, ...families] : samples);
    const named = new Set(file(name).match(/\btxnid_[a-z_]*[a-z]\b/g));
    assert.ok(named.size > 3, 'it names some');
    assert.deepEqual(
      [...named].filter((one) => !exported.has(one)),
      [],
    );
  });
}

test('the dashboard is JSON, and each of its panels asks for something', () => {
  const { panels } = JSON.parse(file('grafana.json'));
  assert.ok(panels.length > 8);
  for (const { type, title, targets } of panels) {
    if (type === 'row') continue;
    assert.ok(targets.length > 0, title);
    for (const { expr } of targets) assert.match(expr, /txnid_|\bup\{/);
  }
});

const isPromtoolHere = spawnSync('promtool', ['--version']).error === undefined;

test("Prometheus' own tool finds no fault with the text nor with the rules", {
  skip: !isPromtoolHere && 'no promtool',
}, async () => {
  const input = await metricsAt(0n).metrics.text();
  const rules = fileURLToPath(new URL('../../../../config/alerts.yml', import.meta.url));
  for (const words of [['metrics'], ['rules', rules]]) {
    const { status, stderr } = spawnSync('promtool', ['check', ...words], {
      input,
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, '']);
  }
});
