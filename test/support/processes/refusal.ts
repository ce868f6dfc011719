/** The shape that every refusal of the program has. */

import assert from 'node:assert/strict';
import type { Ended } from './txnid-process.js';

/** Of the machine that runs the tests: whether they run as root, and with a syslog. */
const ownWarnings = /^txnid: (Running as root|Cannot reach syslog at \/dev\/log): .*\n/gm;

/** What a start and a stop say where all is well, and a crash that is no fault of theirs. */
const notices =
  /^txnid: (a new instance begins at \d+ in .*|started, next \d+|stopped, next \d+|crash found, up to .*|slot \d of .* whole again)\n/gm;

/** What a process said on standard error, without notices and warnings of what the test has not chosen. */
export function faultsOf({ stderr }: Pick<Ended, 'stderr'>): string[] {
  return stderr
    .replace(ownWarnings, '')
    .replace(notices, '')
    .split('\n')
    .filter((line) => line !== '');
}

/**
 * The process ended with this code, and said so in as many lines as patterns, each
 * `txnid: what happened: what to do`, without a stack trace.
 */
export function assertRefused(ended: Ended, code: number, ...patterns: RegExp[]): void {
  assert.equal(ended.code, code, JSON.stringify(ended));
  assert.equal(ended.stdout, '');
  const faults = faultsOf(ended);
  assert.equal(faults.length, patterns.length, ended.stderr);
  for (const fault of faults) {
    assert.match(fault, /^txnid: .+: .+[^.]$/);
    assert.doesNotMatch(fault, /\bat \S+ \(|node:internal|\.js:\d+/);
  }
  patterns.forEach((pattern, index) => {
    assert.match(faults[index] ?? '', pattern);
  });
}
