/** The refusal of settings that differ from the saved parameters (ARCHITECTURE.md, "The promise", 5). */

import { TxnidError } from '../errors.js';
import type { AuditChange } from '../progress/trail/event.js';
import { type Difference, differenceLine } from '../settings/difference.js';

const wayOut = 'set it back, or take all settings as they are now with "txnid accept"';

/** Throws where there are any. */
export function refuseDifferences(differences: readonly Difference[]): void {
  if (differences.length > 0) throw mismatch(differences);
}

/** The error that names every difference, a line each. */
export function mismatch(differences: readonly Difference[]): TxnidError {
  const faults = differences.map((difference) => ({
    what: differenceLine(difference),
    remedy: wayOut,
  }));
  return new TxnidError('parameters', faults);
}

/** The differences as the audit trail tells them. */
export function changesOf(differences: readonly Difference[]): AuditChange[] {
  return differences.map(({ name, saved, current, origin }) => ({
    name,
    from: saved,
    to: current,
    origin,
  }));
}
