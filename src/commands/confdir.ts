/** The confdir before anything in it is trusted or written. */

import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode } from '../error-code.js';
import { type Fault, failure, TxnidError } from '../errors.js';
import { ownershipFaults } from '../host/ownership.js';
import { progressPaths } from '../progress/paths.js';
import { systemError } from '../system-error.js';
import type { LoadedSettings } from './settings.js';

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

/** Throws what making an absent confdir would be refused with, and makes nothing. */
export function foreseeConfdir(confdir: string): void {
  if (existsSync(confdir)) return;
  try {
    accessSync(dirname(confdir), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotMake(confdir, systemError(error, 'mkdir', confdir));
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
 * returned, or refused too where there are privileges to drop. Contract, end of "Settings".
 */
export function judgeConfdir({
  confdir,
  values,
}: Pick<LoadedSettings, 'confdir' | 'values'>): readonly Fault[] {
  if (process.geteuid?.() !== 0) return [];
  const { progress, audit } = progressPaths(confdir);
  // As it was set, not as it was resolved: who could point a link elsewhere chooses the jail.
  const others = [progress, audit, ...(values.chroot === 'none' ? [] : [resolve(values.chroot)])];
  const isStrict = values.user !== 'none';
  const { refusals, warnings } = ownershipFaults({ confdir, others, isStrict });
  if (refusals.length > 0) throw new TxnidError('privilege', refusals);
  return warnings;
}

/** What a start as root that will stay root is warned of. */
export function rootWarnings(user: string): readonly Fault[] {
  if (process.geteuid?.() !== 0 || user !== 'none') return [];
  const what = 'Running as root: whoever finds a fault in this program owns the machine';
  return [{ what, remedy: 'start it as a user of its own, or set user' }];
}

/** A set-user-id start has somebody else's environment: there is no safe way to serve it. */
export function refuseSetuid(): void {
  const isSame = process.getuid?.() === process.geteuid?.();
  if (isSame && process.getgid?.() === process.getegid?.()) return;
  const what = 'Cannot start with the rights of another user (set-user-id or set-group-id)';
  throw failure('privilege', what, 'take these bits off the program, and start it as that user');
}
