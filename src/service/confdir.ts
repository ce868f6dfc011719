/** Who may start here: the owners of the confdir, and of this process. */

import { resolve } from 'node:path';
import { type Fault, failure, TxnidError } from '../errors.js';
import { ownershipFaults } from '../host/jail/ownership.js';
import { progressPaths } from '../progress/file/paths.js';
import { namedDirectory } from '../progress/names/names.js';
import type { LoadedSettings } from './settings.js';

/**
 * Refuses, as root, a confdir or txnid.yaml that others can write (77); what is only suspicious is
 * returned, or refused too where there are privileges to drop.
 */
export function judgeConfdir({
  confdir,
  values,
}: Pick<LoadedSettings, 'confdir' | 'values'>): readonly Fault[] {
  if (process.geteuid?.() !== 0) return [];
  const { progress, audit } = progressPaths(confdir);
  // As it was set, not as it was resolved: who could point a link elsewhere chooses the jail.
  const others = [
    progress,
    audit,
    ...(values.chroot === 'none' ? [] : [resolve(values.chroot)]),
    ...values.sequences.flatMap((name) => filesOf(namedDirectory(confdir, name))),
  ];
  const isStrict = values.user !== 'none';
  const { refusals, warnings } = ownershipFaults({ confdir, others, isStrict });
  if (refusals.length > 0) throw new TxnidError('privilege', refusals);
  return warnings;
}

function filesOf(directory: string): string[] {
  const { progress, audit } = progressPaths(directory);
  return [directory, progress, audit];
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
