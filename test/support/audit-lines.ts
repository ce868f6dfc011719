/** The audit trail as a test reads it: by itself, without the program's own code. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AuditLine {
  readonly time: string;
  readonly event: string;
  readonly next: string;
  readonly reserved: string;
  readonly previous: string;
  readonly changes: readonly {
    readonly name: string;
    readonly from: unknown;
    readonly to: unknown;
  }[];
}

/** All events of a confdir's trail, its hash chain checked. */
export function auditLines(confdir: string): AuditLine[] {
  const text = readFileSync(join(confdir, 'txnid.audit'), 'utf8');
  assert.ok(text.endsWith('\n'), 'the last line is whole');
  let previous = '0'.repeat(64);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const event = JSON.parse(line) as AuditLine;
      assert.equal(event.previous, previous, `the chain holds at ${event.event}`);
      previous = createHash('sha256').update(line).digest('hex');
      return event;
    });
}

export function eventNames(confdir: string): string[] {
  return auditLines(confdir).map(({ event }) => event);
}
