/** The rules for Prometheus, where what they are to see is not plain from reading them. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freshDirectory } from '../../support/fixtures/scratch.js';

const rules = fileURLToPath(new URL('../../../../config/alerts.yml', import.meta.url));
const isPromtoolHere = spawnSync('promtool', ['--version']).error === undefined;

interface Member {
  readonly job: string;
  readonly instance: number;
  readonly increment: number;
  readonly next: bigint;
}

/** What a scrape of a member finds. */
function seriesOf({ job, instance, increment, next }: Member, index: number) {
  const target = `job="${job}",instance="host${index}:9"`;
  const info = `sequence_instance="${instance}",sequence_increment="${increment}"`;
  const samples = [
    [`txnid_build_info{${target},${info}}`, 1n],
    [`txnid_next_number_high{${target}}`, next >> 16n],
    [`txnid_next_number_low{${target}}`, next & 0xffffn],
  ] as const;
  return samples.map(([series, value]) => ({ series, values: `${value} ${value}` }));
}

/** Judges a cluster by promtool's own test of rules; JSON is YAML. */
function assertAlerts(members: readonly Member[], alerts: readonly object[]): void {
  const path = join(freshDirectory(), 'alerts.test.yml');
  const alertTest = { eval_time: '1m', alertname: 'TxnidSameNumbers', exp_alerts: alerts };
  const once = {
    interval: '1m',
    input_series: members.flatMap((member, index) => seriesOf(member, index)),
    alert_rule_test: [alertTest],
  };
  writeFileSync(path, JSON.stringify({ rule_files: [rules], tests: [once] }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
}

const needsPromtool = { skip: !isPromtoolHere && 'no promtool' };
const second = { job: 'txnid', instance: 2, increment: 100, next: 2n ** 64n - 14n };
const third = { job: 'txnid', instance: 3, increment: 100, next: 65_603n };

test('two instances that differ by a multiple of the increment are seen', needsPromtool, () => {
  const alike = { job: 'txnid', instance: 102, increment: 100, next: 65_602n };
  const description =
    'Their instances are equal, or differ by a multiple of the increment: both have the remainder 2. ' +
    'Stop one of them now.';
  assertAlerts(
    [second, third, alike],
    [
      {
        exp_labels: { severity: 'critical', job: 'txnid', remainder: '2' },
        exp_annotations: {
          summary: 'Two members of txnid hand out the same numbers',
          description,
        },
      },
    ],
  );
});

test('a cluster that is numbered right is left alone, and so is another one', needsPromtool, () => {
  const elsewhere = { job: 'other', instance: 2, increment: 100, next: 202n };
  const smaller = { job: 'txnid', instance: 5, increment: 3, next: 302n };
  assertAlerts([second, third, elsewhere, smaller], []);
});
