/** The confdir before anything in it is trusted or written. */

import { chmodSync, mkdirSync } from 'node:fs';
import { type Fault, failure, TxnidError } from '../errors.js';
import { ownershipFaults } from '../host/ownership.js';
import { errorCode } from '../progress/error-code.js';

const confdirMode = 0o750;

/** Makes an absent confdir, if its parent exists. Throws TxnidError. */
export function makeConfdir(confdir: string): void {
  try {
    mkdirSync(confdir);
    // The umask of the service is stricter than what an administrators' group needs.
    chmodSync(confdir, confdirMode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw cannotMake(confdir, error);
  }
}

function cannotMake(confdir: string, error: unknown): TxnidError {
  const code = errorCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  const kind = code === 'EACCES' || code === 'EPERM' ? 'privilege' : 'settings';
  const remedy = 'make the directory, or set another confdir';
  return failure(kind, `Cannot make the confdir ${confdir}: ${reason}`, remedy, { cause: error });
}

/**
 * Refuses, as root, a confdir or txnid.yaml that others can write (77); what is only suspicious is
 * returned. Contract, end of "Settings".
 */
export function judgeConfdir(confdir: string): readonly Fault[] {
  if (process.geteuid?.() !== 0) return [];
  const { refusals, warnings } = ownershipFaults(confdir);
  if (refusals.length > 0) throw new TxnidError('privilege', refusals);
  return warnings;
}

/** The warning of a start as root that will stay root; undefined where there is nothing to warn of. */
export function rootWarning(user: string): Fault | undefined {
  if (process.geteuid?.() !== 0 || user !== 'none') return undefined;
  return {
    what: 'Running as root: whoever finds a fault in this program owns the machine',
    remedy: 'start it as a user of its own, or set user',
  };
}

/** A set-user-id start has somebody else's environment: there is no safe way to serve it. */
export function refuseSetuid(): void {
  const isSame = process.getuid?.() === process.geteuid?.();
  if (isSame && process.getgid?.() === process.getegid?.()) return;
  const what = 'Cannot start with the rights of another user (set-user-id or set-group-id)';
  throw failure('privilege', what, 'take these bits off the program, and start it as that user');
}
