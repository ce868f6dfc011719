/** The shape that every refusal of the program has. */

import assert from 'node:assert/strict';
import type { Ended } from './txnid-process.js';

const rootWarning = /^txnid: Running as root: .*\n/m;

/** What a process said on standard error, without the warning that it runs as root. */
export function faultsOf({ stderr }: Pick<Ended, 'stderr'>): string[] {
  return stderr
    .replace(rootWarning, '')
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
