/** The refusal of settings that differ from the saved parameters (ARCHITECTURE.md, "The promise", 5). */

import { TxnidError } from '../errors.js';
import type { AuditChange } from '../progress/trail/event.js';
import { type Difference, differenceLine } from '../settings/difference.js';

const wayOut = 'set it back, or take all settings as they are now with "txnid accept"';

/** Throws where there are any. `sequence`: the name of the one that they are found in, if it has one. */
export function refuseDifferences(differences: readonly Difference[], sequence?: string): void {
  if (differences.length > 0) throw mismatch(differences, sequence);
}

/** The error that names every difference, a line each. */
export function mismatch(differences: readonly Difference[], sequence?: string): TxnidError {
  const place = sequence === undefined ? '' : ` of the sequence ${sequence}`;
  const faults = differences.map((difference) => ({
    what: `${differenceLine(difference)}${place}`,
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
